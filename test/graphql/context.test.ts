import { generateSigningKey } from '../../src/security/tokens/key-ring.js';
import { bearer, startApp, type Answer, type TestApp } from '../support/app.js';
import {
  AuthConfigDocument,
  LoginDocument,
  LogoutDocument,
  MeAndConfigDocument,
  MeDocument,
  RefreshSessionDocument,
} from '../support/generated/operations.js';
import { postRaw } from '../support/raw-http.js';
import { refusalOf, refusals } from '../support/refusals.js';
import { addSigningKey, forge, signingKeyOf } from '../support/signing.js';

let app: TestApp;
let user: Awaited<ReturnType<TestApp['newcomer']>>;

beforeAll(async () => {
  app = await startApp();
  user = await app.newcomer();
});

afterAll(async () => {
  await app.close();
});

const asUser = () => bearer(user.tokens.accessToken);

const me = (headers: Record<string, string>) => app.send(MeDocument, {}, headers);

/** What a response with data of public fields tells about the credential. */
const mention = ({ status, headers, errors, extensions }: Answer<unknown>) => ({
  status,
  errors,
  auth: extensions?.['auth'],
  challenge: headers.get('www-authenticate'),
});

const nothingMentioned = { status: 200, errors: [], auth: undefined, challenge: null };

describe('an anonymous caller', () => {
  it('sends no header, an empty header, or another scheme', async () => {
    const headers: Record<string, string>[] = [
      {},
      { authorization: '' },
      { authorization: '   ' },
      { authorization: 'Basic dXNlcjpwYXNzd29yZA==' },
      { authorization: 'Negotiate YII=' },
      { authorization: user.tokens.accessToken },
      { authorization: `Bearer${user.tokens.accessToken}` },
      { authorization: `Token ${user.tokens.accessToken}` },
    ];
    for (const sent of headers) {
      expect(refusalOf(await me(sent))).toEqual(refusals.missing);
      expect(mention(await app.send(AuthConfigDocument, {}, sent))).toEqual(nothingMentioned);
    }
  });

  it('receives the reason of the rejection, and nothing else', async () => {
    const { text, headers } = await me({});
    expect(JSON.parse(text)).toEqual({
      errors: [
        {
          message: 'Authentication is required.',
          extensions: { code: 'UNAUTHENTICATED', reason: 'MISSING', retryable: false },
        },
      ],
    });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a caller with an access token', () => {
  it('may send the scheme in upper or lower case', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR']) {
      const { status, data } = await me({ authorization: `${scheme} ${user.tokens.accessToken}` });
      expect({ status, id: data?.me?.id }).toEqual({ status: 200, id: user.id });
    }
  });

  it('receives no extensions beside the data', async () => {
    expect(mention(await me(asUser()))).toEqual(nothingMentioned);
  });
});

describe('two credentials', () => {
  const own = () => `Authorization: Bearer ${user.tokens.accessToken}`;

  it.each([
    ['two good headers', () => `${own()}\n${own()}`],
    ['two headers in other spellings', () => `authorization: Bearer x\nAUTHORIZATION: Bearer y`],
    ['a good header and an empty one', () => `${own()}\nAuthorization:`],
    ['a good header behind another scheme', () => `Authorization: Basic eDp5\n${own()}`],
    ['two in one header', () => `${own()}, Bearer ${user.tokens.accessToken}`],
    ['another scheme and a bearer in one header', () => `Authorization: Basic eDp5, Bearer ${user.tokens.accessToken}`],
    ['a bearer and another scheme in one header', () => `${own()}, Basic eDp5`],
    ['two words after the scheme', () => `${own()} ${user.tokens.accessToken}`],
  ])('are a bad request, whatever is asked: %s', async (_description, headers) => {
    expect(refusalOf(await postRaw(app.url, headers(), '{ me { id } }'))).toEqual(refusals.badHeader);
    expect(refusalOf(await postRaw(app.url, headers(), '{ authConfig { signUp } }'))).toEqual(refusals.badHeader);
    expect(refusalOf(await postRaw(app.url, headers(), '{ __typename }'))).toEqual(refusals.badHeader);
  });
});

describe('an unusable token', () => {
  const unusable = ['Bearer', 'Bearer ', 'bearer', 'Bearer null', 'Bearer undefined', 'Bearer [object]', 'Bearer ..'];

  it.each(unusable)('causes the rejection of a protected field: %j', async (authorization) => {
    expect(refusalOf(await me({ authorization }))).toEqual(refusals.tokenInvalid);
  });

  it.each(unusable)('is only reported beside the data of public fields: %j', async (authorization) => {
    expect(mention(await app.send(AuthConfigDocument, {}, { authorization }))).toEqual({
      status: 200,
      errors: [],
      auth: { reason: 'TOKEN_INVALID' },
      challenge: 'Bearer error="invalid_token"',
    });
  });

  it('causes the rejection of the whole query if one field is protected', async () => {
    expect(refusalOf(await app.send(MeAndConfigDocument, {}, bearer('null')))).toEqual(refusals.tokenInvalid);
  });

  it.each<[string, object]>([
    ['typ', { header: { typ: 'JWT' } }],
    ['alg', { header: { alg: 'RS256' } }],
    ['kid', { header: { kid: 'nobody-knows-it' } }],
    ['iss', { payload: { iss: 'https://other.example' } }],
    ['aud', { payload: { aud: 'https://other.example' } }],
    ['client_id', { payload: { client_id: 'another' } }],
    ['claims', { payload: { gen: undefined } }],
  ])('is refused when only its %s is not ours', async (_part, forgery) => {
    const token = forge(user.tokens.accessToken, await signingKeyOf(app), forgery);
    expect(refusalOf(await me(bearer(token)))).toEqual(refusals.tokenInvalid);
  });

  it('is rejected if only its signature is wrong', async () => {
    const stranger = { ...(await generateSigningKey('ES256')), kid: (await signingKeyOf(app)).kid };
    expect(refusalOf(await me(bearer(forge(user.tokens.accessToken, stranger, {}))))).toEqual(refusals.tokenInvalid);
    const own = await signingKeyOf(app);
    expect((await me(bearer(forge(user.tokens.accessToken, own, {})))).status).toBe(200);
  });

  it('is reported as expired if it is expired', async () => {
    app.clock.advance(1861);
    const refused = await me(asUser());
    const mentioned = await app.send(AuthConfigDocument, {}, asUser());
    app.clock.advance(-1861);
    expect(refusalOf(refused)).toEqual(refusals.tokenExpired);
    expect(mention(mentioned)).toMatchObject({
      status: 200,
      auth: { reason: 'TOKEN_EXPIRED' },
      challenge: 'Bearer error="invalid_token", error_description="expired"',
    });
  });

  it.each([
    ['the session is revoked', `UPDATE auth_session SET revoked_at = now() WHERE user_id = $1`],
    ['the session is over', `UPDATE auth_session SET expires_at = now() WHERE user_id = $1`],
    ['the session was idle too long', `UPDATE auth_session SET idle_expires_at = now() WHERE user_id = $1`],
    ['the session is deleted', `DELETE FROM auth_session WHERE user_id = $1`],
    ['the user is disabled', `UPDATE "user" SET disabled_at = now() WHERE id = $1`],
    ['the user is deleted', `DELETE FROM "user" WHERE id = $1`],
  ])('is SESSION_REVOKED once %s', async (_description, sql) => {
    const gone = await app.newcomer();
    await app.database.query(sql, [gone.id]);
    const headers = bearer(gone.tokens.accessToken);
    expect(refusalOf(await me(headers))).toEqual(refusals.sessionRevoked);
    expect(mention(await app.send(AuthConfigDocument, {}, headers)).auth).toEqual({ reason: 'SESSION_REVOKED' });
  });

  it('of a new key is accepted after one read of the keys, which is not repeated within five seconds', async () => {
    const [first, second] = [await generateSigningKey('ES256'), await generateSigningKey('ES256')];
    await addSigningKey(app, first);
    app.clock.advance(6);
    expect((await me(bearer(forge(user.tokens.accessToken, first, {})))).status).toBe(200);

    await addSigningKey(app, second);
    const token = forge(user.tokens.accessToken, second, {});
    expect(refusalOf(await me(bearer(token)))).toEqual(refusals.tokenInvalid);
    app.clock.advance(6);
    expect((await me(bearer(token))).status).toBe(200);
    await app.database.query('DELETE FROM auth_signing_key WHERE id = ANY($1)', [[first.kid, second.kid]]);
  });
});

describe('a stale token', () => {
  const stale: [string, () => Promise<Record<string, string>>][] = [
    ['malformed', () => Promise.resolve(bearer('null'))],
    ['invalid', () => Promise.resolve(bearer(`${user.tokens.accessToken.slice(0, -8)}AAAAAAAA`))],
    [
      'revoked',
      async () => {
        const gone = await app.newcomer();
        await app.send(LogoutDocument, {}, bearer(gone.tokens.accessToken));
        return bearer(gone.tokens.accessToken);
      },
    ],
    [
      'expired',
      async () => {
        const now = Math.floor(app.clock.now().getTime() / 1000);
        const payload = { iat: now - 900, auth_time: now - 900, exp: now - 61 };
        return bearer(forge(user.tokens.accessToken, await signingKeyOf(app), { payload }));
      },
    ],
  ];

  it.each(stale)('that is %s never blocks login, refreshSession and logout', async (_kind, headers) => {
    const sent = await headers();
    const { email, password } = await app.createUser();
    const login = await app.send(LoginDocument, { input: { email, password } }, sent);
    if (login.data?.login.__typename !== 'LoginSuccess') throw new Error(login.text);
    expect(mention(login)).toMatchObject({ status: 200, errors: [] });
    expect(mention(login).challenge).toMatch(/^Bearer error="invalid_token"/);

    const input = { refreshToken: login.data.login.refreshToken ?? '' };
    const refreshed = await app.send(RefreshSessionDocument, { input }, sent);
    if (refreshed.data?.refreshSession.__typename !== 'RefreshSessionSuccess') throw new Error(refreshed.text);

    const { accessToken, refreshToken } = refreshed.data.refreshSession;
    const logout = await app.send(LogoutDocument, { input: { refreshToken: refreshToken ?? '' } }, sent);
    expect(logout.data?.logout.revokedSessions).toBe(1);
    expect(refusalOf(await me(bearer(accessToken)))).toEqual(refusals.sessionRevoked);
  });
});
