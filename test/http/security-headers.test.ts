import type { AddressInfo } from 'node:net';

import { startApp, type TestApp } from '../support/app.js';
import { developmentVariables } from '../support/configuration.js';
import { sendRaw } from '../support/raw-http.js';

const jsonPolicy = "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'";

const policyOf = async (url: string, init: RequestInit = {}) =>
  (await fetch(url, init)).headers.get('content-security-policy');

const question = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"query":"{ __typename }"}',
};

describe.each([
  ['production', {}],
  ['development', developmentVariables],
])('the policy of a response that is no page, in %s', (_description, env) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp(env);
  });

  afterAll(async () => {
    await app.close();
  });

  it('allows nothing', async () => {
    expect(await policyOf(`${app.url}/graphql`, question)).toBe(jsonPolicy);
    expect(await policyOf(`${app.url}/graphql`, { ...question, body: '{' })).toBe(jsonPolicy);
    expect(await policyOf(`${app.url}/graphql`, { method: 'PUT' })).toBe(jsonPolicy);
    for (const path of ['/graphql', '/healthz', '/readyz', '/.well-known/jwks.json', '/nowhere', '/verify-email%'])
      expect(await policyOf(app.url + path)).toBe(jsonPolicy);
  });
});

describe('the headers of every response', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ PUBLIC_URL: 'https://id.example.com', METRICS_PORT: '0' });
  });

  afterAll(async () => {
    await app.close();
  });

  /** What may be stored, and why: neither depends on the caller. */
  const cacheable = [
    '/.well-known/jwks.json',
    '/.well-known/oauth-authorization-server',
    '/favicon.svg',
    '/favicon.ico',
  ];

  const paths = ['/', '/graphql', '/verify-email', '/reset-password', '/confirm-email-change', '/healthz', '/readyz'];
  const rejected = [
    'GET /nowhere HTTP/1.1',
    'PUT /graphql HTTP/1.1',
    'PUT /.well-known/jwks.json HTTP/1.1',
    'PUT /favicon.ico HTTP/1.1',
    'OPTIONS /graphql HTTP/1.1',
    'GET /% HTTP/1.1',
    'FOO / HTTP/1.1',
    `GET /${'a'.repeat(20_000)} HTTP/1.1`,
    'GET /healthz HTTP/1.1\nHost:',
    'POST /graphql HTTP/1.1\nContent-Type: text/plain',
  ];

  const isStrict = (headers: Headers) => {
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('strict-transport-security')).toContain('max-age=');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  };

  it.each(paths)('are strict, and let nobody store it: %s', async (path) => {
    const { headers } = await fetch(app.url + path);
    isStrict(headers);
    expect(headers.get('cache-control')).toMatch(path === '/' ? /^no-cache$/ : /^no-store$/);
  });

  it.each(rejected)('are strict, and let nobody store a rejection: %.40s', async (head) => {
    const { headers, status } = await sendRaw(app.url, head, head.startsWith('POST') ? 'a' : '');
    expect(status).toBeGreaterThanOrEqual(400);
    isStrict(headers);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('let nobody store a response of the API', async () => {
    for (const query of ['{ __typename }', '{ me { id } }', '{ nosuch }', '{'])
      expect((await app.post(JSON.stringify({ query }))).headers.get('cache-control')).toBe('no-store');
  });

  it.each(cacheable)('let everybody store what everybody gets: %s', async (path) => {
    const { headers } = await fetch(app.url + path);
    isStrict(headers);
    expect(headers.get('cache-control')).toMatch(/^public, max-age=\d+$/);
  });

  it('are those of the metrics too', async () => {
    const { port } = app.gatehouse.metricsServer?.server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    isStrict((await fetch(`${url}/metrics`)).headers);
    for (const head of ['GET /nowhere HTTP/1.1', 'PUT /metrics HTTP/1.1', 'FOO / HTTP/1.1', 'GET /% HTTP/1.1']) {
      const { headers, status } = await sendRaw(url, head);
      expect(status).toBeGreaterThanOrEqual(400);
      isStrict(headers);
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });
});

describe('the policy of the landing page, in development', () => {
  let app: TestApp;
  let html: string;
  let directives: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    app = await startApp(developmentVariables);
    const response = await fetch(`${app.url}/graphql`, { headers: { accept: 'text/html' } });
    html = await response.text();
    const policy = response.headers.get('content-security-policy') ?? '';
    directives = new Map(
      policy.split(';').map((directive): [string, string[]] => {
        const [name = '', ...values] = directive.split(' ');
        return [name, values];
      }),
    );
  });

  afterAll(async () => {
    await app.close();
  });

  const originsIn = (pattern: RegExp) => Array.from(html.matchAll(pattern), ([, url = '']) => new URL(url).origin);

  it('allows what the page loads, and no more', () => {
    expect(directives.get('script-src')).toEqual(["'unsafe-inline'", ...originsIn(/<script[^>]*\ssrc="([^"]+)"/g)]);
    expect(directives.get('style-src')).toEqual([
      "'unsafe-inline'",
      ...originsIn(/href="([^"]+)"\s+rel="stylesheet"/g),
    ]);
    expect(directives.get('font-src')).toEqual(originsIn(/rel="preconnect" href="([^"]+)"/g));
    expect(directives.get('img-src')).toEqual(originsIn(/rel="icon"\s+href="([^"]+)"/g));
    expect(directives.get('manifest-src')).toEqual(originsIn(/rel="manifest"\s+href="([^"]+)"/g));
    expect(html).toContain('new window.EmbeddedSandbox(');
    expect(directives.get('frame-src')).toEqual(['https://sandbox.embed.apollographql.com']);
    expect(directives.get('connect-src')).toEqual(["'self'"]);
    for (const name of ['default-src', 'base-uri', 'form-action', 'frame-ancestors'])
      expect(directives.get(name)).toEqual(["'none'"]);
    expect(directives.size).toBe(11);
  });

  it('allows no inline script or style that the page itself does not', () => {
    expect(html).toMatch(
      /<meta http-equiv="Content-Security-Policy" content="script-src 'self' 'nonce-[0-9a-f]{64}' https:/,
    );
    for (const [tag] of html.matchAll(/<(?:script|style)[^>]*>/g)) expect(tag).toMatch(/ nonce="?[0-9a-f]{64}/);
  });
});
