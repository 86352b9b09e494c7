import { bearer, PASSWORD, startApp, type TestApp, type TestUser } from '../support/app.js';
import {
  ChangePasswordDocument,
  LoginDocument,
  LogoutDocument,
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

const logIn = (user: TestUser, headers: Record<string, string> = WANTED) =>
  app.send(LoginDocument, { input: { email: user.email, password: user.password } }, headers);

/** The cookie of an answer, as a browser would send it back. */
const cookieOf = ({ headers }: { headers: Headers }): string => {
  const [pair = ''] = (headers.get('set-cookie') ?? '').split(';');
  expect(pair).toMatch(/^__Host-gatehouse-refresh=[\w-]{70,}$/);
  return pair;
};

const logInWithCookie = async () => {
  const answer = await logIn(await app.createUser());
  if (answer.data?.login.__typename !== 'LoginSuccess') throw new Error(answer.text);
  return { cookie: cookieOf(answer), accessToken: answer.data.login.accessToken };
};

const refresh = (headers: Record<string, string>, refreshToken?: string) =>
  app.send(RefreshSessionDocument, refreshToken === undefined ? {} : { input: { refreshToken } }, headers);

const lives = async (accessToken: string) => (await app.send(MeDocument, {}, bearer(accessToken))).status === 200;

describe('login in cookie mode', () => {
  it('stores the refresh token in a cookie that no script can read, for the idle lifetime of the session', async () => {
    const answer = await logIn(await app.createUser());
    if (answer.data?.login.__typename !== 'LoginSuccess') throw new Error(answer.text);
    const { refreshToken } = answer.data.login;
    expect(refreshToken).toBeNull();
    const cookies = answer.headers.getSetCookie();
    const attributes = ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Strict'];
    expect(cookies.map((cookie) => cookie.split('; ').slice(2))).toEqual([attributes, attributes]);
    const [refresh = '', device = ''] = cookies;
    expect(refresh).toMatch(
      new RegExp(`^__Host-gatehouse-refresh=[^;]+; Max-Age=${app.config.sessionIdleTtlSeconds};`),
    );
    expect(device).toMatch(/^__Host-gatehouse-device=[^;]+; Max-Age=34560000;/);
  });

  it('returns the token and sets no cookie without the header', async () => {
    const answer = await logIn(await app.createUser(), { origin: ORIGIN });
    expect(answer.data?.login).toMatchObject({ refreshToken: expect.any(String) as string });
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('sets no cookie when it fails', async () => {
    const user = await app.createUser();
    const answer = await logIn({ ...user, password: 'not the password of anybody' });
    expect(answer.data?.login.__typename).toBe('InvalidCredentialsError');
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('is rejected for a page that may not use the cookie, before the password is verified', async () => {
    const user = await app.createUser();
    const { status, errors, headers } = await logIn(user, { ...WANTED, origin: 'https://evil.example' });
    expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: 403, code: 'ORIGIN_NOT_ALLOWED' });
    expect(headers.get('set-cookie')).toBeNull();
    expect(await app.database.query('SELECT 1 FROM auth_session WHERE user_id = $1', [user.id])).toEqual([]);
  });

  it('forbids caches to store its response', async () => {
    expect((await logIn(await app.createUser())).headers.get('cache-control')).toBe('no-store');
  });
});

describe('refreshSession in cookie mode', () => {
  it('exchanges the cookie for its successor, without any input', async () => {
    const { cookie } = await logInWithCookie();
    const answer = await refresh({ ...WANTED, cookie });
    expect(answer.data?.refreshSession).toMatchObject({ __typename: 'RefreshSessionSuccess', refreshToken: null });
    expect(cookieOf(answer)).not.toBe(cookie);
  });

  it('does not read the cookie without the header, and neither uses it up nor clears it', async () => {
    const { cookie } = await logInWithCookie();
    const answer = await refresh({ cookie, origin: ORIGIN });
    expect(answer.data?.refreshSession.__typename).toBe('InvalidRefreshTokenError');
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect((await refresh({ ...WANTED, cookie })).data?.refreshSession.__typename).toBe('RefreshSessionSuccess');
  });

  it.each([ORIGIN, 'https://evil.example'])(
    'exchanges the token of the input without the header, whatever the cookie from %s',
    async (origin) => {
      const [{ cookie }, { tokens }] = [await logInWithCookie(), await app.newcomer()];
      const answer = await refresh({ cookie, origin }, tokens.refreshToken ?? '');
      expect(answer.data?.refreshSession).toMatchObject({ refreshToken: expect.any(String) as string });
      expect(answer.headers.get('set-cookie')).toBeNull();
      expect((await refresh({ ...WANTED, cookie })).data?.refreshSession.__typename).toBe('RefreshSessionSuccess');
    },
  );

  it('finds the cookie among others', async () => {
    const { cookie } = await logInWithCookie();
    const cookies = `theme=dark; ${cookie}; gatehouse-refresh=none; x__Host-gatehouse-refresh=none`;
    const { data } = await refresh({ ...WANTED, cookie: cookies });
    expect(data?.refreshSession.__typename).toBe('RefreshSessionSuccess');
  });

  it('moves a token from the input into the cookie in cookie mode', async () => {
    const { tokens } = await app.newcomer();
    const answer = await refresh(WANTED, tokens.refreshToken ?? '');
    expect(answer.data?.refreshSession).toMatchObject({ refreshToken: null });
    cookieOf(answer);
  });

  it('refuses a cookie and an input together', async () => {
    const [{ cookie, accessToken }, { tokens }] = [await logInWithCookie(), await app.newcomer()];
    const { status, errors } = await refresh({ ...WANTED, cookie }, tokens.refreshToken ?? '');
    expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: 400, code: 'BAD_REQUEST' });
    expect(await lives(accessToken)).toBe(true);
  });

  it.each([
    ['missing', undefined],
    ['null', 'null'],
    ['another host', 'https://evil.example'],
    ['another scheme', 'http://app.example.com'],
    ['another port', 'https://app.example.com:8443'],
    ['a longer host', 'https://app.example.com.evil.example'],
    ['another case', 'https://APP.example.com'],
    ['with a slash', 'https://app.example.com/'],
  ])('refuses an Origin that is %s, and neither spends nor clears the cookie', async (_form, origin) => {
    const { cookie } = await logInWithCookie();
    const headers = { 'x-refresh-transport': 'cookie', cookie, ...(origin === undefined ? {} : { origin }) };
    const refused = await refresh(headers);
    expect({ status: refused.status, code: refused.errors[0]?.extensions.code }).toEqual({
      status: 403,
      code: 'ORIGIN_NOT_ALLOWED',
    });
    expect(refused.headers.get('set-cookie')).toBeNull();
    expect((await refresh({ ...WANTED, cookie })).data?.refreshSession.__typename).toBe('RefreshSessionSuccess');
  });

  it('accepts the origin of PUBLIC_URL, because its pages belong to the server', async () => {
    const { cookie } = await logInWithCookie();
    const { data } = await refresh({ ...WANTED, origin: new URL(app.config.publicUrl).origin, cookie });
    expect(data?.refreshSession.__typename).toBe('RefreshSessionSuccess');
  });

  it('gives tabs that refresh at once the same successor', async () => {
    const { cookie } = await logInWithCookie();
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh({ ...WANTED, cookie })));
    expect(new Set(answers.map(cookieOf)).size).toBe(1);
  });

  it('does not clear the cookie when it rejects a token, because another tab may have just received the cookie', async () => {
    const { cookie } = await logInWithCookie();
    const second = cookieOf(await refresh({ ...WANTED, cookie }));
    const third = cookieOf(await refresh({ ...WANTED, cookie: second }));
    const late = await refresh({ ...WANTED, cookie });
    expect(late.data?.refreshSession.__typename).toBe('InvalidRefreshTokenError');
    expect(late.headers.get('set-cookie')).toBeNull();
    expect((await refresh({ ...WANTED, cookie: third })).data?.refreshSession.__typename).toBe('RefreshSessionSuccess');
  });

  it.each(['', 'null', 'x'.repeat(5000), '%00', 'a=b=c'])(
    'refuses what is no token in the cookie: %.10s',
    async (text) => {
      const { status, data } = await refresh({ ...WANTED, cookie: `__Host-gatehouse-refresh=${text}` });
      expect({ status, type: data?.refreshSession.__typename }).toEqual({
        status: 200,
        type: 'InvalidRefreshTokenError',
      });
    },
  );

  it('is allowed by CORS, with credentials and the header, to a page of CORS_ORIGINS only', async () => {
    const preflight = (origin: string) =>
      fetch(`${app.url}/graphql`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,x-refresh-transport',
        },
      });
    const allowed = await preflight(ORIGIN);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(allowed.headers.get('access-control-allow-credentials')).toBe('true');
    expect(allowed.headers.get('access-control-allow-headers')).toContain('x-refresh-transport');
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('changePassword in cookie mode', () => {
  it('stores the token of the new session in the cookie, and the old token is invalid', async () => {
    const { cookie, accessToken } = await logInWithCookie();
    const input = { currentPassword: PASSWORD, newPassword: 'an entirely different one' };
    const answer = await app.send(ChangePasswordDocument, { input }, { ...WANTED, ...bearer(accessToken), cookie });
    expect(answer.data?.changePassword).toMatchObject({ __typename: 'ChangePasswordSuccess', refreshToken: null });
    const next = cookieOf(answer);
    expect((await refresh({ ...WANTED, cookie })).data?.refreshSession.__typename).toBe('InvalidRefreshTokenError');
    expect((await refresh({ ...WANTED, cookie: next })).data?.refreshSession.__typename).toBe('RefreshSessionSuccess');
  });

  it('changes nothing for a page that may not use the cookie', async () => {
    const { cookie, accessToken } = await logInWithCookie();
    const input = { currentPassword: PASSWORD, newPassword: 'an entirely different one' };
    const headers = { ...WANTED, origin: 'https://evil.example', ...bearer(accessToken), cookie };
    expect((await app.send(ChangePasswordDocument, { input }, headers)).status).toBe(403);
    expect(await lives(accessToken)).toBe(true);
  });
});

describe('changePassword without the header', () => {
  const input = { currentPassword: PASSWORD, newPassword: 'an entirely different one' };

  it.each([
    ['an allowed Origin', { origin: ORIGIN }],
    ['no Origin', {}],
  ])('answers the token and leaves the cookie alone, from %s', async (_from, origin) => {
    const { cookie, accessToken } = await logInWithCookie();
    const answer = await app.send(ChangePasswordDocument, { input }, { ...origin, ...bearer(accessToken), cookie });
    expect(answer.data?.changePassword).toMatchObject({ refreshToken: expect.any(String) as string });
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it.each(['https://evil.example', 'null'])(
    'answers no token to a page at %s that sends the cookie',
    async (origin) => {
      const { cookie, accessToken } = await logInWithCookie();
      const headers = { origin, ...bearer(accessToken), cookie };
      const { status, errors, text } = await app.send(ChangePasswordDocument, { input }, headers);
      expect([status, errors[0]?.extensions.code]).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
      expect(text).not.toContain('refreshToken');
      expect(await lives(accessToken)).toBe(true);
    },
  );
});

describe('logout without the header', () => {
  it('ends the session of the cookie and clears it, because no later request could end it', async () => {
    const { cookie, accessToken } = await logInWithCookie();
    const { headers } = await app.send(LogoutDocument, {}, { origin: ORIGIN, cookie });
    expect(headers.get('set-cookie')).toMatch(/^__Host-gatehouse-refresh=; Max-Age=0;/);
    expect(await lives(accessToken)).toBe(false);
  });

  it('ends the session of the input and that of the cookie', async () => {
    const [{ cookie, accessToken }, { tokens }] = [await logInWithCookie(), await app.newcomer()];
    const input = { refreshToken: tokens.refreshToken ?? '' };
    const { data, headers } = await app.send(LogoutDocument, { input }, { origin: ORIGIN, cookie });
    expect(data?.logout.revokedSessions).toBe(2);
    expect(headers.get('set-cookie')).toMatch(/; Max-Age=0;/);
    expect([await lives(accessToken), await lives(tokens.accessToken)]).toEqual([false, false]);
  });

  it.each([
    ['a foreign page', { origin: 'https://evil.example' }],
    ['no page', {}],
  ])('from %s leaves the cookie and its session alone, and ends what else is proved', async (_from, origin) => {
    const [{ cookie, accessToken }, { tokens }] = [await logInWithCookie(), await app.newcomer()];
    const answer = await app.send(LogoutDocument, {}, { ...origin, cookie, ...bearer(tokens.accessToken) });
    expect(answer.data?.logout.revokedSessions).toBe(1);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect([await lives(accessToken), await lives(tokens.accessToken)]).toEqual([true, false]);
  });

  it('sets no cookie if the request has none', async () => {
    const { tokens } = await app.newcomer();
    const { headers } = await app.send(LogoutDocument, {}, { origin: ORIGIN, ...bearer(tokens.accessToken) });
    expect(headers.get('set-cookie')).toBeNull();
  });
});

describe('logout in cookie mode', () => {
  it('ends the session of the cookie and clears it', async () => {
    const { cookie, accessToken } = await logInWithCookie();
    const { data, headers } = await app.send(LogoutDocument, {}, { ...WANTED, cookie });
    expect(data?.logout.revokedSessions).toBe(1);
    expect(headers.get('set-cookie')).toMatch(/^__Host-gatehouse-refresh=; Max-Age=0; Path=\/; Secure; HttpOnly/);
    expect(await lives(accessToken)).toBe(false);
  });

  it('ends both sessions if the access token and the cookie belong to different ones', async () => {
    const [one, other] = [await logInWithCookie(), await app.newcomer()];
    await app.send(LogoutDocument, {}, { ...WANTED, cookie: one.cookie, ...bearer(other.tokens.accessToken) });
    expect([await lives(one.accessToken), await lives(other.tokens.accessToken)]).toEqual([false, false]);
  });

  it('is rejected for a page of another origin, and ends nothing', async () => {
    const { cookie, accessToken } = await logInWithCookie();
    const { status, headers } = await app.send(
      LogoutDocument,
      {},
      { ...WANTED, origin: 'https://evil.example', cookie },
    );
    expect(status).toBe(403);
    expect(headers.get('set-cookie')).toBeNull();
    expect(await lives(accessToken)).toBe(true);
  });

  it('refuses a cookie and an input together', async () => {
    const [{ cookie, accessToken }, { tokens }] = [await logInWithCookie(), await app.newcomer()];
    const input = { refreshToken: tokens.refreshToken ?? '' };
    expect((await app.send(LogoutDocument, { input }, { ...WANTED, cookie })).status).toBe(400);
    expect([await lives(accessToken), await lives(tokens.accessToken)]).toEqual([true, true]);
  });
});
