import { startApp, type TestApp } from '../../support/app.js';

const development = { NODE_ENV: 'development', ARGON2_MEMORY_KIB: '19456', ARGON2_PASSES: '2' };

/** Sends a request to a server that is started for it. */
const statusAndTypeOf = async (env: NodeJS.ProcessEnv, path: string) => {
  const app: TestApp = await startApp(env);
  const response = await fetch(app.url + path);
  const text = await response.text();
  await app.close();
  return { status: response.status, type: response.headers.get('content-type'), text };
};

describe('the explorer', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp(development);
  });

  afterAll(async () => {
    await app.close();
  });

  it('may load and call this server only, and runs no inline and no evaluated script', async () => {
    const { headers } = await fetch(`${app.url}/explorer`);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none';script-src 'self';worker-src 'self';style-src 'self' 'unsafe-inline';font-src 'self' data:;img-src 'self' data:;connect-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'",
    );
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('names no address outside this server', async () => {
    const html = await (await fetch(`${app.url}/explorer`)).text();
    const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address);
    expect(addresses).toEqual(['favicon.svg', 'explorer/graphiql.css', 'explorer/graphiql.js', 'explorer/start.js']);
    expect(html).not.toMatch(/<script>|\son\w+=/);
  });

  it.each([
    ['graphiql.css', 'text/css'],
    ['graphiql.js', 'text/javascript'],
    ['start.js', 'text/javascript'],
    ['editor-worker.js', 'text/javascript'],
    ['graphql-worker.js', 'text/javascript'],
    ['json-worker.js', 'text/javascript'],
  ])('serves %s, which is transferred again only when it has changed', async (name, type) => {
    const first = await fetch(`${app.url}/explorer/${name}`);
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
    expect(first.headers.get('cache-control')).toBe('no-cache');
    expect((await first.text()).length).toBeGreaterThan(100);
    const second = await fetch(`${app.url}/explorer/${name}`, {
      headers: { 'if-none-match': first.headers.get('etag') ?? '' },
    });
    expect(second.status).toBe(304);
  });

  it('serves no other file', async () => {
    for (const path of ['/explorer/', '/explorer/index.js', '/explorer/..%2f..%2fpackage.json'])
      expect((await fetch(app.url + path)).status).toBe(404);
  });
});

describe('the path of the explorer', () => {
  it.each([
    ['outside development', {}],
    ['where introspection is off', { ...development, INTROSPECTION: 'false' }],
  ])('returns a 404 in JSON %s', async (_description, env) => {
    const { status, type, text } = await statusAndTypeOf(env, '/explorer');
    expect(status).toBe(404);
    expect(type).toBe('application/json; charset=utf-8');
    expect(text).toContain('"code":"BAD_REQUEST"');
  });
});
