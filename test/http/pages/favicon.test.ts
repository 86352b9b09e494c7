import { startApp, type TestApp } from '../../support/app.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ APP_COLOR: '#FFCC00' });
});

afterAll(async () => {
  await app.close();
});

describe('the icon', () => {
  it.each(['/favicon.svg', '/favicon.ico'])(
    'is served at %s, in the color of APP_COLOR, and can be cached',
    async (path) => {
      const response = await fetch(app.url + path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('image/svg+xml');
      expect(response.headers.get('cache-control')).toBe('public, max-age=86400');
      const text = await response.text();
      expect(text).toContain('fill="#ffcc00"');
      expect(text).toContain('stroke="#000000"');

      const etag = response.headers.get('etag') ?? '';
      const again = await fetch(app.url + path, { headers: { 'if-none-match': etag } });
      expect(again.status).toBe(304);
    },
  );

  it.each(['/', '/verify-email'])('is named by the page %s, relative to its address', async (path) => {
    expect(await (await fetch(app.url + path)).text()).toContain(
      '<link rel="icon" href="favicon.svg" type="image/svg+xml">',
    );
  });
});
