import { startApp, type TestApp } from '../../support/app.js';
import { developmentVariables } from '../../support/configuration.js';
import { readPage } from '../../support/read-page.js';

describe('the explorer', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp(developmentVariables);
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
    ['where introspection is off', { ...developmentVariables, INTROSPECTION: 'false' }],
  ])('returns a 404 in JSON %s', async (_description, env) => {
    const { status, headers, text } = await readPage(env, '/explorer');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(text).toContain('"code":"BAD_REQUEST"');
  });
});
