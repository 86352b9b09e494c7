/** What is recorded about requests that are rejected, and about limits that are exhausted: H15. */
import { createHash } from 'node:crypto';

import { bearer, PASSWORD, startApp, type TestApp } from '../support/app.js';
import { RequestPasswordResetDocument, SignUpDocument } from '../support/generated/operations.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ MAILS_PER_ADDRESS_PER_HOUR: '2', MAIL_REQUESTS_PER_NETWORK_PER_HOUR: '8' });
});

afterAll(() => app.close());

const CANARY = 'canary-literal';
const denied = `query ListAll { users(filter: { search: "${CANARY}" }) { nodes { id } } }`;
const hashOf = (query: string) => createHash('sha256').update(query).digest('hex');

const rejections = () =>
  app.log
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    .filter(({ msg }) => msg === 'request rejected');

const events = async (type: string): Promise<{ subject_id: string | null; detail: Record<string, unknown> }[]> =>
  (await app.database.query('SELECT subject_id, detail FROM auth_security_event WHERE type = $1 ORDER BY id', [
    type,
  ])) as { subject_id: string | null; detail: Record<string, unknown> }[];

const send = (query: string, accessToken: string, variables = {}) =>
  app.post(JSON.stringify({ query, variables }), bearer(accessToken));

/** The lines and the events that an action causes. */
const recordsOf = async (act: () => Promise<unknown>) => {
  const [lines, recorded] = [rejections().length, (await events('ACCESS_DENIED')).length];
  await act();
  return { lines: rejections().slice(lines), events: (await events('ACCESS_DENIED')).slice(recorded) };
};

describe('H15: a rejected request', () => {
  it('that is forbidden is recorded with subject, operation and hash, in one line and one event a minute', async () => {
    const user = await app.newcomer();
    const records = await recordsOf(async () => {
      for (let round = 0; round < 5; round += 1)
        expect((await send(denied, user.tokens.accessToken, { unused: CANARY })).status).toBe(403);
    });
    const documentHash = hashOf(denied);
    expect(records.lines).toHaveLength(5);
    for (const line of records.lines)
      expect(line).toMatchObject({
        level: 30,
        code: 'FORBIDDEN',
        subject: user.id,
        operation: 'ListAll',
        documentHash,
      });
    expect(records.events).toEqual([{ subject_id: user.id, detail: { operation: 'ListAll', documentHash } }]);
    expect(app.log.join()).not.toContain(CANARY);
  });

  it('that is forbidden in part is recorded like one that is forbidden as a whole', async () => {
    const user = await app.newcomer();
    const query = '{ authConfig { signUp } a: users { nodes { id } } b: users { nodes { id } } }';
    const records = await recordsOf(async () => {
      expect((await send(query, user.tokens.accessToken)).status).toBe(200);
    });
    expect(records.lines).toMatchObject([{ code: 'FORBIDDEN', subject: user.id, operation: null }]);
    expect(records.events).toEqual([{ subject_id: user.id, detail: { documentHash: hashOf(query) } }]);
  });

  it('with a token that is not valid is logged without a subject, because nothing proves one', async () => {
    const query = 'query Me { me { id } }';
    const records = await recordsOf(() => send(query, 'a.b.c'));
    expect(records).toEqual({
      lines: [
        expect.objectContaining({
          code: 'UNAUTHENTICATED',
          reason: 'TOKEN_INVALID',
          subject: null,
          operation: 'Me',
          documentHash: hashOf(query),
        }),
      ],
      events: [],
    });
  });

  it('of a session that was revoked is logged with its user', async () => {
    const user = await app.newcomer();
    await app.database.query('UPDATE auth_session SET revoked_at = now() WHERE user_id = $1', [user.id]);
    const query = 'query Me { me { id } }';
    let status = 200;
    const records = await recordsOf(async () => {
      while (status === 200) ({ status } = await send(query, user.tokens.accessToken));
    });
    expect(records.lines).toMatchObject([{ reason: 'SESSION_REVOKED', subject: user.id, operation: 'Me' }]);
    expect(records.events).toEqual([]);
  });

  it('with a token that has expired, or with none, is not recorded', async () => {
    const user = await app.newcomer();
    const records = await recordsOf(async () => {
      await app.post(JSON.stringify({ query: '{ me { id } }' }));
      app.clock.advance(2 * 3600);
      const { errors } = await send('{ me { id } }', user.tokens.accessToken);
      expect(errors[0]?.extensions.reason).toBe('TOKEN_EXPIRED');
    });
    expect(records).toEqual({ lines: [], events: [] });
  });

  it('has an operation name of bounded length in the log', async () => {
    const records = await recordsOf(() => send(`query ${'N'.repeat(50_000)} { me { id } }`, 'a.b.c'));
    expect((records.lines[0]?.['operation'] as string).length).toBe(100);
  });
});

describe('H15: an exhausted limit', () => {
  const exhaustions = () => events('RATE_LIMIT_EXHAUSTED');

  it('is recorded once in its window: of an address with its user, if it has one, and of a network', async () => {
    const user = await app.createUser();
    for (let round = 0; round < 4; round += 1)
      await app.send(RequestPasswordResetDocument, { input: { email: user.email } });
    await app.idle();
    expect(await exhaustions()).toEqual([{ subject_id: user.id, detail: { limit: 'mail-RESET_PASSWORD' } }]);

    const signUp = { email: 'nobody@example.com', password: PASSWORD };
    for (let round = 0; round < 4; round += 1) await app.send(SignUpDocument, { input: signUp });
    expect((await exhaustions()).slice(1)).toEqual([{ subject_id: null, detail: { limit: 'mail-SIGN_UP' } }]);

    for (let round = 0; round < 4; round += 1)
      await app.send(RequestPasswordResetDocument, { input: { email: 'another@example.com' } });
    expect((await exhaustions()).slice(2)).toEqual([{ subject_id: null, detail: { limit: 'mail-network' } }]);
    const [{ network }] = (await app.database.query(
      `SELECT network FROM auth_security_event WHERE type = 'RATE_LIMIT_EXHAUSTED' ORDER BY id DESC LIMIT 1`,
    )) as [{ network: string }];
    expect(network).toBe('127.0.0.0/24');
  });
});
