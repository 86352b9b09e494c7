import { startApp, type TestApp } from '../support/app.js';
import { developmentVariables } from '../support/configuration.js';

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
