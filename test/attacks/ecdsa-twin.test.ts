import { bearer, startApp, type TestApp } from '../support/app.js';
import { LogoutDocument, MeDocument, MySessionsDocument } from '../support/generated/operations.js';
import { refusalOf, refusals } from '../support/refusals.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The token with the signature (r, n - s), which anybody can compute. */
const twinOf = (token: string): string => {
  const [header, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const s = ORDER - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
  return [header, payload, twin.toString('base64url')].join('.');
};

// Harmful where the text of a token is taken for its identity, as it was with transactions of Bitcoin
describe('A12: the other signature that ECDSA has for a token', () => {
  it('is the same token of the same session, which stays current', async () => {
    const { id, tokens } = await app.newcomer();
    const twin = twinOf(tokens.accessToken);
    expect(twin).not.toBe(tokens.accessToken);
    expect((await app.send(MeDocument, {}, bearer(twin))).data?.me?.id).toBe(id);
    const sessions = await Promise.all(
      [tokens.accessToken, twin].map((token) => app.send(MySessionsDocument, {}, bearer(token))),
    );
    expect(sessions.map(({ data }) => data?.me?.sessions.map(({ current }) => current))).toEqual([[true], [true]]);
  });

  it('ends with the session, regardless of which of the two ends it', async () => {
    for (const [ends, ended] of [
      [(token: string) => token, twinOf],
      [twinOf, (token: string) => token],
    ] as const) {
      const { accessToken } = (await app.newcomer()).tokens;
      await app.send(MeDocument, {}, bearer(ended(accessToken)));
      expect((await app.send(LogoutDocument, { input: null }, bearer(ends(accessToken)))).status).toBe(200);
      for (const token of [accessToken, twinOf(accessToken)])
        expect(refusalOf(await app.send(MeDocument, {}, bearer(token)))).toEqual(refusals.sessionRevoked);
    }
  });
});
