import { EventEmitter, once } from 'node:events';

import { Authorized, Field, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';

import { Public } from '../../src/authorization/rule.js';
import { bearer, startApp, type TestApp } from '../support/app.js';
import { openBrowser } from '../support/browser.js';
import { openApollo3, openApollo4, openGraphqlRequest, openUrql, type Open } from '../support/clients.js';
import { LogoutDocument } from '../support/generated/operations.js';
import { openPage, type Page } from '../support/page.js';

const ORIGIN = 'https://app.example.com';
const EXPIRED_AFTER_SECONDS = 1861;

const ME = 'query Me { me { email } }';
const TEN = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J'].map((name) => `query Me${name} { me { email } }`);
const UNAUTHENTICATED: unknown = { data: null, errors: [expect.objectContaining({ code: 'UNAUTHENTICATED' })] };

let visits = 0;

@ObjectType({ description: 'A visit.' })
class Visit {
  @Field(() => Int, { nullable: true, description: 'Which one.' })
  @Authorized()
  number = visits;

  @Field(() => String, { description: 'What anybody sees.' })
  door = 'open';
}

@Resolver()
class VisitResolver {
  @Query(() => Visit, { description: 'Open, but for one field.' })
  @Public('To be looked at.')
  visit(): Visit {
    return new Visit();
  }

  @Mutation(() => Visit, { description: 'Open, but for one field of what it answers.' })
  @Public('To be counted.')
  knock(): Visit {
    visits += 1;
    return new Visit();
  }

  @Mutation(() => Visit, { nullable: true, description: 'For who is logged in.' })
  @Authorized()
  enter(): Visit {
    visits += 1;
    return new Visit();
  }
}

let app: TestApp;
let url: string;

beforeAll(async () => {
  app = await startApp({ CORS_ORIGINS: ORIGIN }, { resolvers: [VisitResolver] });
  url = `${app.url}/graphql`;
});

afterAll(() => app.close());

const expire = () => app.clock.advance(EXPIRED_AFTER_SECONDS);
const revoke = async ({ session }: Page) => {
  await app.send(LogoutDocument, {}, bearer(session.accessToken() ?? ''));
};

describe.each<[string, Open]>([
  ['Apollo Client 4', openApollo4],
  ['Apollo Client 3', openApollo3],
  ['urql', openUrql],
  ['graphql-request', openGraphqlRequest],
])('%s', (_client, open) => {
  const begin = async (options: Parameters<typeof openPage>[3] = {}) => {
    const [user, browser] = [await app.createUser(), openBrowser(ORIGIN)];
    const page = openPage(browser, open, url, options);
    await page.logIn(user);
    const me: unknown = expect.objectContaining({ email: user.email });
    return { user, browser, page, answer: { data: { me }, errors: [] } };
  };

  it('sends the access token, and does not refresh before it is necessary', async () => {
    const { page, browser, answer } = await begin();
    expect(await page.ask(ME)).toEqual(answer);
    expect({ refreshes: browser.refreshes(), asked: browser.count('me {') }).toEqual({ refreshes: 0, asked: 1 });
  });

  it('refreshes once for ten queries at expiry, and all of them succeed', async () => {
    const { page, browser, answer } = await begin();
    expire();
    expect(await Promise.all(TEN.map((query) => page.ask(query)))).toEqual(TEN.map(() => answer));
    expect({ refreshes: browser.refreshes(), asked: browser.count('me {') }).toEqual({ refreshes: 1, asked: 20 });
    expire();
    expect(await page.ask(ME)).toEqual(answer);
    expect({ refreshes: browser.refreshes(), told: page.timesLoggedOut() }).toEqual({ refreshes: 2, told: 0 });
  });

  it('refreshes once for ten queries where there are no Web Locks, too', async () => {
    const { page, browser, answer } = await begin({ locks: undefined });
    expire();
    expect(await Promise.all(TEN.map((query) => page.ask(query)))).toEqual(TEN.map(() => answer));
    expect(browser.refreshes()).toBe(1);
  });

  it('needs no second refresh for a rejection that arrives after the first refresh', async () => {
    const { page, browser, answer } = await begin();
    const network = new EventEmitter();
    const arrival = once(network, 'arrival');
    browser.onResponse(async ({ document }) => {
      if (document.includes('query Late') && browser.count('query Late') === 1) await arrival;
    });
    expire();
    const asked = page.ask('query Late { me { email } }');
    expect(await page.ask(ME)).toEqual(answer);
    network.emit('arrival');
    expect(await asked).toEqual(answer);
    expect(browser.refreshes()).toBe(1);
  });

  it('tries once when the session was revoked, and tells the page once', async () => {
    const { page, browser } = await begin();
    await revoke(page);
    expect(await Promise.all(TEN.map((query) => page.ask(query)))).toEqual(TEN.map(() => UNAUTHENTICATED));
    expect(await page.ask(ME)).toEqual(UNAUTHENTICATED);
    expect({ refreshes: browser.refreshes(), told: page.timesLoggedOut() }).toEqual({ refreshes: 1, told: 1 });
    expect(page.session.accessToken()).toBeUndefined();
  });

  it('refreshes if only a protected field beside public ones was rejected, with status 200 and an error at its path', async () => {
    const { page, browser } = await begin();
    expire();
    const { data, errors } = await page.ask('{ visit { door number } }');
    expect(data).toMatchObject({ visit: { door: 'open', number: visits } });
    expect(errors).toEqual([]);
    expect({ refreshes: browser.refreshes(), asked: browser.count('visit') }).toEqual({ refreshes: 1, asked: 2 });
  });

  it('returns the public fields and the error if nobody is logged in, and does not refresh', async () => {
    const browser = openBrowser(ORIGIN);
    const page = openPage(browser, open, url);
    const { data, errors } = await page.ask('{ me { email } authConfig { signUp } }');
    expect(data).toMatchObject({ me: null, authConfig: { signUp: 'OPEN' } });
    expect(errors).toEqual([{ code: 'UNAUTHENTICATED', path: ['me'] }]);
    expect({ refreshes: browser.refreshes(), told: page.timesLoggedOut() }).toEqual({ refreshes: 0, told: 0 });
  });

  it.each([
    ['as a whole', '{ users(first: 1) { edges { cursor } } }'],
    ['at a path', '{ me { email } users(first: 1) { edges { cursor } } }'],
  ])('never refreshes on FORBIDDEN, %s', async (_extent, query) => {
    const { page, browser } = await begin();
    expect((await page.ask(query)).errors).toEqual([expect.objectContaining({ code: 'FORBIDDEN' })]);
    expect({ refreshes: browser.refreshes(), asked: browser.count('users') }).toEqual({ refreshes: 0, asked: 1 });
  });

  it('repeats a mutation that was refused before it ran', async () => {
    const { page, browser } = await begin();
    const before = visits;
    expire();
    expect(await page.ask('mutation Enter { enter { number } }')).toMatchObject({ errors: [] });
    expect({ refreshes: browser.refreshes(), ran: visits - before }).toEqual({ refreshes: 1, ran: 1 });
  });

  it('does not repeat a mutation that has run, even if part of its result was rejected', async () => {
    const { page } = await begin();
    const before = visits;
    expire();
    const { data, errors } = await page.ask('mutation Knock { knock { door number } }');
    expect(data).toMatchObject({ knock: { door: 'open', number: null } });
    expect(errors).toEqual([{ code: 'UNAUTHENTICATED', path: ['knock', 'number'] }]);
    expect(visits - before).toBe(1);
  });

  it('does not repeat the refresh if the new token is rejected as well', async () => {
    const { page, browser } = await begin();
    expire();
    browser.onResponse(({ document }) => {
      if (document.includes('refreshSession')) expire();
    });
    expect(await page.ask(ME)).toEqual(UNAUTHENTICATED);
    expect({ refreshes: browser.refreshes(), asked: browser.count('me {') }).toEqual({ refreshes: 1, asked: 2 });
  });

  it('logs nobody out if a refresh does not reach the server, and continues when one does', async () => {
    const { page, browser, answer } = await begin();
    expire();
    browser.onRequest(({ document }) => {
      if (document.includes('refreshSession')) throw new TypeError('fetch failed');
      return undefined;
    });
    expect(await page.ask(ME)).toEqual(UNAUTHENTICATED);
    browser.onRequest(() => undefined);
    expect(await page.ask(ME)).toEqual(answer);
    expect(page.timesLoggedOut()).toBe(0);
  });

  it('repeats no request of one user as another user, who logged in meanwhile', async () => {
    const { page, browser } = await begin();
    const other = await app.newcomer();
    browser.onResponse(() => {
      page.session.begin(other.tokens);
    });
    expire();
    expect(await page.ask(ME)).toEqual(UNAUTHENTICATED);
    expect(browser.sent.filter(({ authorization }) => authorization?.includes(other.tokens.accessToken))).toEqual([]);
  });

  describe('in two tabs', () => {
    it('refreshes once for both, where there are Web Locks', async () => {
      const { page, browser, answer } = await begin();
      const tab = openPage(browser, open, url);
      expire();
      expect(await Promise.all(TEN.flatMap((query) => [page.ask(query), tab.ask(query)]))).toEqual(
        [...TEN, ...TEN].map(() => answer),
      );
      expect(browser.refreshes()).toBe(1);
    });

    it('refreshes once for each where there are none, and logs neither out', async () => {
      const { page, browser, answer } = await begin({ locks: undefined });
      const tab = openPage(browser, open, url, { locks: undefined });
      expire();
      expect(await Promise.all([page.ask(ME), tab.ask(ME)])).toEqual([answer, answer]);
      expire();
      expect(await Promise.all([page.ask(ME), tab.ask(ME)])).toEqual([answer, answer]);
      expect({ refreshes: browser.refreshes(), told: page.timesLoggedOut() + tab.timesLoggedOut() }).toEqual({
        refreshes: 4,
        told: 0,
      });
    });

    it('tells the other tab when one logs out', async () => {
      const { page, browser } = await begin();
      const tab = openPage(browser, open, url);
      await tab.ask(ME);
      await page.session.end();
      expect(await tab.ask(ME)).toEqual(UNAUTHENTICATED);
      expect([page.timesLoggedOut(), tab.timesLoggedOut()]).toEqual([0, 1]);
    });
  });

  describe('in cookie mode', () => {
    it('refreshes once for ten queries at expiry, and stores nothing that a script can read', async () => {
      const { page, browser, answer } = await begin({ transport: 'cookie' });
      expire();
      expect(await Promise.all(TEN.map((query) => page.ask(query)))).toEqual(TEN.map(() => answer));
      expect({ refreshes: browser.refreshes(), stored: browser.localStorage.getItem('gatehouse') }).toEqual({
        refreshes: 1,
        stored: null,
      });
    });

    it('finds the session again after a reload, from a query that was refused in part', async () => {
      const { user, browser } = await begin({ transport: 'cookie' });
      const reloaded = openPage(browser, open, url, { transport: 'cookie' });
      expect(await reloaded.ask('{ me { email } authConfig { signUp } }')).toMatchObject({
        data: { me: { email: user.email }, authConfig: { signUp: 'OPEN' } },
        errors: [],
      });
      expect({ refreshes: browser.refreshes(), asked: browser.count('me {') }).toEqual({ refreshes: 1, asked: 2 });
    });

    it('refreshes for each of two tabs, and logs neither out', async () => {
      const { page, browser, answer } = await begin({ transport: 'cookie' });
      const tab = openPage(browser, open, url, { transport: 'cookie' });
      await tab.ask(ME);
      expire();
      const asked = TEN.flatMap((query) => [page.ask(query), tab.ask(query)]);
      expect(await Promise.all(asked)).toEqual([...TEN, ...TEN].map(() => answer));
      expect(browser.refreshes()).toBe(3);
    });

    it('tries once when the session was revoked, and tells the page once', async () => {
      const { page, browser } = await begin({ transport: 'cookie' });
      await revoke(page);
      expect(await Promise.all(TEN.map((query) => page.ask(query)))).toEqual(TEN.map(() => UNAUTHENTICATED));
      expect({ refreshes: browser.refreshes(), told: page.timesLoggedOut() }).toEqual({ refreshes: 1, told: 1 });
    });

    it('notifies a tab whose cookie was replaced by the login of another user, and sends no request as that user', async () => {
      const { page, browser } = await begin({ transport: 'cookie' });
      const tab = openPage(browser, open, url, { transport: 'cookie' });
      const other = await app.createUser();
      await tab.logIn(other);
      expire();
      expect(await page.ask(ME)).toEqual(UNAUTHENTICATED);
      expect(await page.ask(ME)).toEqual(UNAUTHENTICATED);
      expect({ refreshes: browser.refreshes(), told: page.timesLoggedOut() }).toEqual({ refreshes: 1, told: 1 });
      expect(await tab.ask(ME)).toMatchObject({ data: { me: { email: other.email } } });
      expect(tab.timesLoggedOut()).toBe(0);
    });
  });
});
