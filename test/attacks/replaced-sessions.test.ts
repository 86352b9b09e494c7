import { bearer, PASSWORD, startApp, type TestApp, type TestUser } from '../support/app.js';
import { postgresUrl } from '../support/database.js';
import {
  ChangePasswordDocument,
  LoginDocument,
  MeDocument,
  RefreshSessionDocument,
} from '../support/generated/operations.js';

const ORIGIN = 'https://app.example.com';
const WANTED = { 'x-refresh-transport': 'cookie', origin: ORIGIN };

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ CORS_ORIGINS: ORIGIN });
});

afterAll(() => app.close());

const cookieOf = ({ headers }: { headers: Headers }) => (headers.get('set-cookie') ?? '').split(';')[0] ?? '';

/** Logs in, and answers the session's id, its access token and the cookie. */
const logIn = async (user: TestUser, headers: Record<string, string> = WANTED, on = app) => {
  const answer = await on.send(LoginDocument, { input: { email: user.email, password: user.password } }, headers);
  if (answer.data?.login.__typename !== 'LoginSuccess') throw new Error(answer.text);
  const { accessToken, refreshToken, session } = answer.data.login;
  return { id: session.id, accessToken, refreshToken, cookie: cookieOf(answer) };
};

const lives = async ({ accessToken }: { accessToken: string }, on = app) =>
  (await on.send(MeDocument, {}, bearer(accessToken))).status === 200;

const refresh = (cookie: string) => app.send(RefreshSessionDocument, {}, { ...WANTED, cookie });

const endOf = (sessionId: string) =>
  app.database.query(
    'SELECT type, actor_kind, actor_id, subject_id, detail FROM auth_security_event WHERE session_id = $1 AND type LIKE $2',
    [sessionId, 'SESSION%'],
  );

const liveCount = async (user: TestUser) =>
  (await app.database.query('SELECT 1 FROM auth_session WHERE user_id = $1 AND revoked_at IS NULL', [user.id])).length;

// ASVS 7.2.4
describe('H14: a login ends', () => {
  it('the session of the cookie that it overwrites, and records why', async () => {
    const user = await app.createUser();
    const old = await logIn(user);
    const fresh = await logIn(user, { ...WANTED, cookie: old.cookie });
    expect([await lives(old), await lives(fresh)]).toEqual([false, true]);
    const event = { type: 'SESSION_REVOKED', actor_kind: 'user', detail: { cause: 'REPLACED' } };
    expect(await endOf(old.id)).toEqual([{ ...event, actor_id: user.id, subject_id: user.id }]);
  });

  it('the session of the cookie, regardless of the user who logs in', async () => {
    const [one, other] = [await app.createUser(), await app.createUser()];
    const old = await logIn(one);
    const fresh = await logIn(other, { ...WANTED, cookie: old.cookie });
    expect([await lives(old), await lives(fresh)]).toEqual([false, true]);
    expect(await endOf(old.id)).toMatchObject([{ actor_id: other.id, subject_id: one.id }]);
  });

  it('the session of a cookie whose successor was lost', async () => {
    const user = await app.createUser();
    const old = await logIn(user);
    await refresh(old.cookie);
    await logIn(user, { ...WANTED, cookie: old.cookie });
    expect(await lives(old)).toBe(false);
  });

  it.each([
    ['body', {}],
    ['cookie', WANTED],
  ])('the session of a bearer token of the same user, in %s mode', async (_mode, headers) => {
    const user = await app.createUser();
    const old = await logIn(user, headers);
    const fresh = await logIn(user, { ...headers, ...bearer(old.accessToken) });
    expect([await lives(old), await lives(fresh)]).toEqual([false, true]);
  });

  it('both sessions that it proves, and no third one', async () => {
    const user = await app.createUser();
    const [one, two, third] = [await logIn(user), await logIn(user), await logIn(user)];
    await logIn(user, { ...WANTED, cookie: one.cookie, ...bearer(two.accessToken) });
    expect([await lives(one), await lives(two), await lives(third)]).toEqual([false, false, true]);
  });

  it('no other session to make room for its own', async () => {
    const user = await app.createUser();
    const others = [];
    for (let count = 1; count < app.config.sessionsPerUser; count += 1) others.push(await logIn(user));
    const old = await logIn(user);
    await logIn(user, { ...WANTED, cookie: old.cookie });
    expect(await liveCount(user)).toBe(app.config.sessionsPerUser);
    for (const other of others.slice(0, 2)) expect(await lives(other)).toBe(true);
  });
});

describe('H14: a login ends no session', () => {
  it('when it fails, regardless of what it proves', async () => {
    const user = await app.createUser();
    const disabled = await app.createUser();
    const old = await logIn(user);
    await app.database.query('UPDATE "user" SET disabled_at = now() WHERE id = $1', [disabled.id]);
    const headers = { ...WANTED, cookie: old.cookie, ...bearer(old.accessToken) };
    for (const input of [
      { email: user.email, password: 'not the password of anybody' },
      { email: 'nobody@example.com', password: PASSWORD },
      { email: disabled.email, password: PASSWORD },
    ]) {
      const { data } = await app.send(LoginDocument, { input }, headers);
      expect(data?.login.__typename).toBe('InvalidCredentialsError');
    }
    expect(await lives(old)).toBe(true);
  });

  it('by the bearer token of another user', async () => {
    const [one, other] = [await app.createUser(), await app.createUser()];
    const old = await logIn(one, {});
    await logIn(other, bearer(old.accessToken));
    expect(await lives(old)).toBe(true);
  });

  it('by a bearer token that cannot be used, and succeeds', async () => {
    const user = await app.createUser();
    const old = await logIn(user, {});
    const [head = '', payload = ''] = old.accessToken.split('.');
    await logIn(user, bearer(`${head}.${payload}.${'A'.repeat(86)}`));
    expect(await lives(old)).toBe(true);
  });

  it('by the cookie without the header', async () => {
    const user = await app.createUser();
    const old = await logIn(user);
    const fresh = await logIn(user, { origin: ORIGIN, cookie: old.cookie });
    expect([await lives(old), fresh.cookie, typeof fresh.refreshToken]).toEqual([true, '', 'string']);
  });

  it.each(['https://evil.example', 'null'])(
    'by the cookie from the Origin %s, and succeeds in body mode',
    async (origin) => {
      const user = await app.createUser();
      const old = await logIn(user);
      await logIn(user, { origin, cookie: old.cookie });
      expect(await lives(old)).toBe(true);
    },
  );

  it('by a refresh token that was replaced, which is not taken for a replay', async () => {
    const user = await app.createUser();
    const old = await logIn(user);
    const second = cookieOf(await refresh(old.cookie));
    const third = cookieOf(await refresh(second));
    await app.database.query(`UPDATE auth_session SET rotated_at = now() - interval '1 hour' WHERE id = $1`, [old.id]);
    await logIn(user, { ...WANTED, cookie: old.cookie });
    expect((await refresh(third)).data?.refreshSession.__typename).toBe('RefreshSessionSuccess');
  });

  it.each([
    ['is no token', (cookie: string) => `${cookie.slice(0, 30)}=`],
    ['is forged', (cookie: string) => `${cookie.slice(0, -8)}AAAAAAAA`],
    ['came twice', (cookie: string) => `${cookie}; ${cookie}`],
  ])('by a cookie that %s, and succeeds', async (_form, spoil) => {
    const user = await app.createUser();
    const old = await logIn(user);
    await logIn(user, { ...WANTED, cookie: spoil(old.cookie) });
    expect(await lives(old)).toBe(true);
  });
});

describe('H14: changePassword', () => {
  it('ends the session of another user whose cookie it overwrites', async () => {
    const [one, other] = [await app.createUser(), await app.createUser()];
    const old = await logIn(one);
    const { accessToken } = await logIn(other);
    const input = { currentPassword: PASSWORD, newPassword: 'an entirely different one' };
    const headers = { ...WANTED, cookie: old.cookie, ...bearer(accessToken) };
    const { data } = await app.send(ChangePasswordDocument, { input }, headers);
    expect(data?.changePassword.__typename).toBe('ChangePasswordSuccess');
    expect(await lives(old)).toBe(false);
  });
});

describe('a document with several root fields that use the cookie', () => {
  const loginOf = ({ email }: TestUser) =>
    `login(input: { email: "${email}", password: "${PASSWORD}" }) { __typename }`;

  it.each([
    ['two logins', (login: string) => `mutation { a: ${login} b: ${login} }`],
    ['a login and a refresh', (login: string) => `mutation { ${login} refreshSession { __typename } }`],
    ['a login and a logout', (login: string) => `mutation { logout { revokedSessions } ${login} }`],
    ['a fragment', (login: string) => `mutation { a: ${login} ...F } fragment F on Mutation { b: ${login} }`],
    ['an inline fragment', (login: string) => `mutation { a: ${login} ... on Mutation { b: ${login} } }`],
    ['a directive', (login: string) => `mutation { a: ${login} ... @include(if: true) { b: ${login} } }`],
  ])('is refused before anything runs: %s', async (_form, queryOf) => {
    const user = await app.createUser();
    const old = await logIn(user);
    const body = JSON.stringify({ query: queryOf(loginOf(user)) });
    const answer = await app.post(body, { ...WANTED, cookie: old.cookie });
    expect([answer.status, answer.errors[0]?.extensions.code]).toEqual([400, 'BAD_REQUEST']);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect([await liveCount(user), await lives(old)]).toEqual([1, true]);
  });

  it.each([
    [
      'a field that is skipped',
      (login: string) => `mutation { a: ${login} b: refreshSession @skip(if: true) { __typename } }`,
    ],
    ['one field twice', (login: string) => `mutation { ${login} ${login} }`],
    [
      'a field without the cookie',
      (login: string) => `mutation { ${login} requestPasswordReset(input: { email: "a@example.com" }) { __typename } }`,
    ],
  ])('is not one with %s', async (_form, queryOf) => {
    const user = await app.createUser();
    const { status, text } = await app.post(JSON.stringify({ query: queryOf(loginOf(user)) }), WANTED);
    expect([status, text]).toEqual([200, expect.stringContaining('LoginSuccess')]);
    expect(await liveCount(user)).toBe(1);
  });

  it('is refused without the header where two logouts would clear the cookie', async () => {
    const old = await logIn(await app.createUser());
    const body = JSON.stringify({ query: 'mutation { a: logout { revokedSessions } b: logout { revokedSessions } }' });
    expect((await app.post(body, { origin: ORIGIN, cookie: old.cookie })).errors[0]?.extensions.code).toBe(
      'BAD_REQUEST',
    );
    expect(await lives(old)).toBe(true);
    expect((await app.post(body, { origin: ORIGIN })).status).toBe(200);
  });

  it('may log in twice in body mode', async () => {
    const user = await app.createUser();
    const query = `mutation { a: ${loginOf(user)} b: ${loginOf(user)} }`;
    expect((await app.post(JSON.stringify({ query }))).status).toBe(200);
    expect(await liveCount(user)).toBe(2);
  });
});

if (postgresUrl !== undefined) {
  describe('two instances over one PostgreSQL', () => {
    it('end the session of the cookie once, and refuse it on both', async () => {
      const two = await app.sibling();
      for (let round = 0; round < 5; round += 1) {
        const user = await app.createUser();
        const old = await logIn(user);
        await Promise.all(
          Array.from({ length: 8 }, (_, index) =>
            logIn(user, { ...WANTED, cookie: old.cookie }, index % 2 === 0 ? app : two),
          ),
        );
        expect(await endOf(old.id)).toHaveLength(1);
        expect(await lives(old)).toBe(false);
        expect(await liveCount(user)).toBe(8);
      }
      await two.close();
    }, 60_000);

    it('let two users log in with the cookies of each other at the same time', async () => {
      const few = await startApp({ CORS_ORIGINS: ORIGIN, SESSIONS_PER_USER: '1' });
      for (let round = 0; round < 10; round += 1) {
        const [one, other] = [await few.createUser(), await few.createUser()];
        const [oneOld, otherOld] = [await logIn(one, WANTED, few), await logIn(other, WANTED, few)];
        const fresh = await Promise.all([
          logIn(one, { ...WANTED, cookie: otherOld.cookie }, few),
          logIn(other, { ...WANTED, cookie: oneOld.cookie }, few),
        ]);
        const alive = await Promise.all([oneOld, otherOld, ...fresh].map((session) => lives(session, few)));
        expect(alive).toEqual([false, false, true, true]);
      }
      await few.close();
    }, 60_000);
  });
}
