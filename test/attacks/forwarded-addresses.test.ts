import { print } from 'graphql';

import { bearer, PASSWORD, startApp, type TestApp } from '../support/app.js';
import { LoginDocument, RequestPasswordResetDocument, MySessionsDocument } from '../support/generated/operations.js';
import { sendRaw } from '../support/raw-http.js';

const ACCEPTED = 'RequestPasswordResetSuccess';
const LIMITED = 'RateLimitedError';

/** Servers behind one proxy, behind three, and behind proxies that are named; each is asked from 127.0.0.1. */
const apps = new Map<string, TestApp>();
let app: TestApp;

afterAll(async () => {
  for (const started of apps.values()) await started.close();
});

/** Nobody has spent anything yet. */
const start = async (TRUST_PROXY: string) => {
  app = apps.get(TRUST_PROXY) ?? (await startApp({ TRUST_PROXY, MAIL_REQUESTS_PER_NETWORK_PER_HOUR: '2' }));
  apps.set(TRUST_PROXY, app);
  await app.database.query('DELETE FROM auth_rate_limit');
};

/** Asks for mail from behind a proxy that sends these lines of X-Forwarded-For. */
const ask = async (...forwardedFor: readonly string[]) => {
  const query = print(RequestPasswordResetDocument);
  const variables = { input: { email: 'a@example.com' } };
  const lines = forwardedFor.map((value) => `\nX-Forwarded-For: ${value}`).join('');
  const head = `POST /graphql HTTP/1.1\nContent-Type: application/json${lines}`;
  const { text } = await sendRaw(app.url, head, JSON.stringify({ query, variables }));
  return /"__typename":"(\w+)"/.exec(text)?.[1];
};

/** Of the last failed login: a request for mail is recorded when it is processed, which may be later. */
const lastNetwork = async () =>
  (
    await app.database.query(
      `SELECT network FROM auth_security_event WHERE type = 'LOGIN_FAILED' ORDER BY created_at DESC, id DESC LIMIT 1`,
    )
  )[0];

const failLogin = (forwardedFor: string) =>
  app.send(
    LoginDocument,
    { input: { email: 'nobody@example.com', password: PASSWORD } },
    { 'x-forwarded-for': forwardedFor },
  );

// Azure's Application Gateway writes a port, others brackets, quotes or `unknown`
describe('H6: an address that is written in another way', () => {
  it.each([
    ['a port', '203.0.113.7:4711', '203.0.113.7:1', '203.0.113.7'],
    ['quotes', '"203.0.113.7"', '"203.0.113.7:80"', '203.0.113.7'],
    ['brackets', '[203.0.113.7]', '[203.0.113.7]:80', '203.0.113.7'],
    ['brackets of IPv6', '[2001:db8::1]:4711', '"[2001:db8::2]"', '2001:db8::3'],
    ['a translated address', '64:ff9b::203.0.113.7', '[64:ff9b::cb00:7107]:80', '203.0.113.7'],
    ['IPv4 inside IPv6', '[::ffff:203.0.113.7]:4711', '::FFFF:cb00:7107', '203.0.113.7:80'],
  ])('spends the limit of its network: %s', async (_description, ...addresses) => {
    await start('1');
    const results: unknown[] = [];
    for (const address of addresses) results.push(await ask(address));
    expect(results).toEqual([ACCEPTED, ACCEPTED, LIMITED]);
    expect(await ask('198.51.100.1:4711')).toBe(ACCEPTED);
  });

  it('is in the events as its network', async () => {
    await start('1');
    await failLogin('203.0.113.7:4711');
    expect(await lastNetwork()).toEqual({ network: '203.0.113.0/24' });
  });
});

describe('H6: an address that cannot be read', () => {
  it.each(['1', '3', '127.0.0.0/8'])(
    'counts toward one limit with all the others, behind TRUST_PROXY=%s',
    async (proxies) => {
      await start(proxies);
      expect([await ask('unknown'), await ask(''), await ask('[]'), await ask('203.0.113.7:port')]).toEqual([
        ACCEPTED,
        ACCEPTED,
        LIMITED,
        LIMITED,
      ]);
      expect(await ask('203.0.113.7')).toBe(ACCEPTED);
    },
  );

  it('is not replaced by a value that its client sent before it', async () => {
    await start('1');
    const results: unknown[] = [];
    for (const own of ['192.0.2.1', '198.51.100.1', '203.0.113.1']) results.push(await ask(own, 'unknown'));
    expect(results).toEqual([ACCEPTED, ACCEPTED, LIMITED]);
    expect(await ask('192.0.2.1,')).toBe(LIMITED);
  });

  it('is in the events as such, and in the log once', async () => {
    await start('1');
    await failLogin('unknown');
    await failLogin('');
    expect(await lastNetwork()).toEqual({ network: 'unreadable' });
    expect(app.log.filter((line) => line.includes('"level":40') && line.includes('X-Forwarded-For'))).toHaveLength(1);
    expect(app.log.some((line) => line.includes('"remoteAddress":"unreadable"'))).toBe(true);
  });

  it('is shown to no user as a network', async () => {
    await start('1');
    const { email, password } = await app.createUser();
    await app.login({ email, password });
    const headers = { 'x-forwarded-for': 'unknown', 'user-agent': 'curl/8.14.1' };
    const { data } = await app.send(LoginDocument, { input: { email, password } }, headers);
    if (data?.login.__typename !== 'LoginSuccess') throw new Error('login failed');
    const sessions = await app.send(MySessionsDocument, {}, bearer(data.login.accessToken));
    expect(sessions.data?.me?.sessions.map(({ network }) => network)).toContain(null);
    const { text = '' } = await app.mailbox.waitFor(email);
    expect(text).not.toContain('unreadable');
  });
});

describe('H6: X-Forwarded-For that is missing or names the proxy itself', () => {
  it('counts toward the limit of the connected peer', async () => {
    await start('1');
    expect([await ask(), await ask(), await ask()]).toEqual([ACCEPTED, ACCEPTED, LIMITED]);
  });

  it('counts toward the limit of the address that it names', async () => {
    await start('1');
    expect([await ask('127.0.0.1'), await ask('127.0.0.1'), await ask('127.0.0.1')]).toEqual([
      ACCEPTED,
      ACCEPTED,
      LIMITED,
    ]);
  });

  it('is found on the last of several lines', async () => {
    await start('1');
    const results: unknown[] = [];
    for (const own of ['192.0.2.1', '198.51.100.1', '203.0.113.1']) results.push(await ask(own, '203.0.113.7:80'));
    expect(results).toEqual([ACCEPTED, ACCEPTED, LIMITED]);
  });
});

describe('C3: other headers that a proxy writes', () => {
  it('change no limit and cause no failure', async () => {
    await start('1');
    const results: unknown[] = [];
    for (const own of ['192.0.2.1', '198.51.100.1', '203.0.113.1']) {
      const { data } = await app.send(
        RequestPasswordResetDocument,
        { input: { email: 'a@example.com' } },
        {
          'x-forwarded-for': '203.0.113.7',
          forwarded: `for=${own}`,
          'x-real-ip': own,
          'x-forwarded-host': 'a b',
          'x-forwarded-proto': '%%',
        },
      );
      results.push(data?.requestPasswordReset.__typename);
    }
    expect(results).toEqual([ACCEPTED, ACCEPTED, LIMITED]);
  });
});
