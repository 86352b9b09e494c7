import { isUnauthenticated } from '../../examples/clients/session.js';
import { createWebStorage } from '../../examples/clients/storage.js';
import { bearer, startApp, type TestApp } from '../support/app.js';
import { openBrowser, type Browser } from '../support/browser.js';
import { openGraphqlRequest } from '../support/clients.js';
import { MeDocument } from '../support/generated/operations.js';
import { openPage } from '../support/page.js';

const ORIGIN = 'https://app.example.com';
const ME = '{ me { email } }';

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ CORS_ORIGINS: ORIGIN });
});

afterAll(() => app.close());

const open = (browser: Browser, transport: 'body' | 'cookie' = 'body') =>
  openPage(browser, openGraphqlRequest, `${app.url}/graphql`, { transport });

const begin = async () => {
  const [user, browser] = [await app.createUser(), openBrowser(ORIGIN)];
  const page = open(browser);
  await page.logIn(user);
  return { user, browser, page };
};

const expire = () => app.clock.advance(1861);

const answerRefreshWith = (browser: Browser, status: number, body: string) =>
  browser.onRequest(({ document }) =>
    document.includes('refreshSession') ? new Response(body, { status }) : undefined,
  );

describe('the rule', () => {
  it.each<[string, Parameters<typeof isUnauthenticated>, boolean]>([
    ['status 401', [401, undefined, false], true],
    ['a mutation with status 401', [401, undefined, true], true],
    ['code UNAUTHENTICATED with 200', [200, [{ extensions: { code: 'UNAUTHENTICATED' } }], false], true],
    ['UNAUTHENTICATED among others', [200, [{}, { extensions: { code: 'UNAUTHENTICATED' } }], false], true],
    ['a mutation with 200', [200, [{ extensions: { code: 'UNAUTHENTICATED' } }], true], false],
    ['FORBIDDEN with 403', [403, [{ extensions: { code: 'FORBIDDEN' } }], false], false],
    ['FORBIDDEN with 200', [200, [{ extensions: { code: 'FORBIDDEN' } }], false], false],
    ['no status and no errors', [undefined, undefined, false], false],
  ])('%s', (_situation, answer, expected) => {
    expect(isUnauthenticated(...answer)).toBe(expected);
  });
});

describe('a session', () => {
  it.each([
    ['RateLimitedError', 200, '{"data":{"refreshSession":{"__typename":"RateLimitedError"}}}'],
    ['no GraphQL', 200, '<html>Log in to the hotel’s network</html>'],
    ['ORIGIN_NOT_ALLOWED', 403, '{"data":null,"errors":[{"extensions":{"code":"ORIGIN_NOT_ALLOWED"}}]}'],
    ['a server that is down', 502, ''],
    ['a member of the union that this program does not know', 200, '{"data":{"refreshSession":{"__typename":"New"}}}'],
  ])('is not over when the answer to a refresh is %s', async (_answer, status, body) => {
    const { page, browser, user } = await begin();
    expire();
    answerRefreshWith(browser, status, body);
    expect((await page.ask(ME)).errors).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
    browser.onRequest(() => undefined);
    expect(await page.ask(ME)).toMatchObject({ data: { me: { email: user.email } } });
    expect(page.timesLoggedOut()).toBe(0);
  });

  it.each([
    ['is granted', undefined],
    ['is refused', '{"data":{"refreshSession":{"__typename":"InvalidRefreshTokenError"}}}'],
  ])('that began while another’s refresh was under way stays, when that %s', async (_result, answer) => {
    const { page, browser } = await begin();
    const other = await app.newcomer();
    const stale = page.session.accessToken();
    browser.onRequest(() => {
      page.session.begin(other.tokens);
      return answer === undefined ? undefined : new Response(answer);
    });
    expect(await page.session.renew(stale)).toBe(false);
    expect(page.session.accessToken()).toBe(other.tokens.accessToken);
    expect({ refreshes: browser.refreshes(), told: page.timesLoggedOut() }).toEqual({ refreshes: 1, told: 0 });
  });

  it('stays ended if a refresh that was in progress succeeds', async () => {
    const { page, browser } = await begin();
    browser.onResponse(({ document }) => (document.includes('refreshSession') ? page.session.end() : undefined));
    expect(await page.session.renew(page.session.accessToken())).toBe(false);
    expect(page.session.accessToken()).toBeUndefined();
    expect({ refreshes: browser.refreshes(), told: page.timesLoggedOut() }).toEqual({ refreshes: 1, told: 0 });
  });

  it.each(['body', 'cookie'] as const)(
    'in %s mode ends on the server, though its access token has expired',
    async (mode) => {
      const [user, browser] = [await app.createUser(), openBrowser(ORIGIN)];
      const page = open(browser, mode);
      await page.logIn(user);
      const accessToken = page.session.accessToken() ?? '';
      expire();
      expect(await page.session.end()).toBe(true);
      app.clock.advance(-1861);
      expect((await app.send(MeDocument, {}, bearer(accessToken))).errors).toMatchObject([
        { extensions: { reason: 'SESSION_REVOKED' } },
      ]);
      expect((await page.ask(ME)).errors).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
      expect(page.timesLoggedOut()).toBe(0);
    },
  );

  it('ends on the server by its access token if the cookie belongs to another session by then', async () => {
    const browser = openBrowser(ORIGIN);
    const [page, tab] = [open(browser, 'cookie'), open(browser, 'cookie')];
    await page.logIn(await app.createUser());
    await tab.logIn(await app.createUser());
    const accessToken = page.session.accessToken() ?? '';
    await page.session.end();
    expect((await app.send(MeDocument, {}, bearer(accessToken))).status).toBe(401);
  });

  it('ends on the page when the server cannot be reached, and says so', async () => {
    const { page, browser } = await begin();
    browser.onRequest(() => new Response('', { status: 502 }));
    expect(await page.session.end()).toBe(false);
    expect(page.session.accessToken()).toBeUndefined();
  });

  it('of another user, who logged in in another tab, is not ended from a page that knows its own', async () => {
    const { page, browser } = await begin();
    const [tab, other] = [open(browser), await app.createUser()];
    await tab.logIn(other);
    await page.session.end();
    expect(await tab.ask(ME)).toMatchObject({ data: { me: { email: other.email } } });
    expect({ logouts: browser.count('logout'), told: page.timesLoggedOut() }).toEqual({ logouts: 0, told: 1 });
  });

  it('continues with the tokens of changePassword, with which requests in progress are repeated', async () => {
    const { page, user } = await begin();
    const stale = page.session.accessToken();
    page.session.begin(await app.login(user));
    expect(await page.session.renew(stale)).toBe(true);
  });

  it('is not confused with that of another user who logs in in another tab, on a page that knows its user', async () => {
    const { page, browser } = await begin();
    const [tab, other] = [open(browser), await app.createUser()];
    await tab.logIn(other);
    expect(page.session.accessToken()).toBeUndefined();
    expect(await page.session.renew(undefined)).toBe(false);
    await Promise.resolve();
    expect([page.timesLoggedOut(), tab.timesLoggedOut()]).toEqual([1, 0]);
    expect(await open(browser).ask(ME)).toMatchObject({ data: { me: { email: other.email } } });
  });

  it('can begin again after it has ended', async () => {
    const { page, browser, user } = await begin();
    browser.localStorage.removeItem('gatehouse');
    expect((await page.ask(ME)).errors).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
    await page.logIn(user);
    expect(await page.ask(ME)).toMatchObject({ data: { me: { email: user.email } } });
    expect(page.timesLoggedOut()).toBe(1);
  });

  it('of nobody, in cookie mode, sends one refresh and notifies nobody', async () => {
    const browser = openBrowser(ORIGIN);
    const page = open(browser, 'cookie');
    expect((await page.ask(ME)).errors).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
    expect({ refreshes: browser.refreshes(), told: page.timesLoggedOut() }).toEqual({ refreshes: 1, told: 0 });
  });
});

describe('web storage', () => {
  const stored = (text: string) => {
    const { localStorage } = openBrowser(ORIGIN);
    localStorage.setItem('gatehouse', text);
    return createWebStorage(localStorage).get();
  };

  it('returns what was stored, and nothing after it was removed', () => {
    const storage = createWebStorage(openBrowser(ORIGIN).localStorage);
    storage.set({ accessToken: 'a', refreshToken: 'r' });
    expect(storage.get()).toEqual({ accessToken: 'a', refreshToken: 'r' });
    storage.set(undefined);
    expect(storage.get()).toBeUndefined();
  });

  it.each(['', 'null', 'nobody', '{', '[]', '7', '{}', '{"accessToken":1}', '{"accessToken":"a","refreshToken":2}'])(
    'takes %j for nobody’s',
    (text) => {
      expect(stored(text)).toBeUndefined();
    },
  );

  it.each(['', 'x', 'a.b.c', 'e30.bnVsbA.x'])(
    'with %j for an access token is renewed by its refresh token',
    async (text) => {
      const { browser, user } = await begin();
      const storage = createWebStorage(browser.localStorage);
      storage.set({ accessToken: text, refreshToken: storage.get()?.refreshToken ?? null });
      const page = open(browser);
      expect(await page.ask(ME)).toMatchObject({ data: { me: { email: user.email } } });
      expect(page.timesLoggedOut()).toBe(0);
    },
  );
});
