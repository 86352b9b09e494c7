import { startApp } from '../../support/app.js';
import { developmentVariables } from '../../support/configuration.js';
import { readPage } from '../../support/read-page.js';

const read = (env: NodeJS.ProcessEnv, acceptLanguage = '*') =>
  readPage(env, '/', { 'accept-language': acceptLanguage });

describe('the page at / in development', () => {
  it('leads to the explorer, to Apollo Sandbox and to the documents', async () => {
    const { status, headers, text } = await read(developmentVariables);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(text).toContain('<a href="explorer">Explorer</a>');
    expect(text).toContain('<a href="graphql">Apollo Sandbox</a>');
    expect(text).toContain('docs/getting-started.md');
  });

  it('does not mention an explorer where introspection is off', async () => {
    expect((await read({ ...developmentVariables, INTROSPECTION: 'false' })).text).not.toContain('href="explorer"');
  });
});

describe('the page at / outside development', () => {
  it('says what the server is for, and neither its software nor its addresses', async () => {
    const { status, headers, text } = await read({ APP_NAME: 'Example', PUBLIC_URL: 'https://id.example.com' });
    expect(status).toBe(200);
    expect(text).toContain('This server keeps the accounts of Example.');
    expect(text).not.toMatch(/gatehouse|graphql|apollo|explorer|docs|version|\d+\.\d+\.\d+|href="(?!favicon)/i);
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none';style-src 'sha256-[^ ]+';img-src 'self';form-action 'none';frame-ancestors 'none';base-uri 'none'$/,
    );
  });

  it('is in the language of the browser', async () => {
    expect((await read({ APP_NAME: 'Beispiel' }, 'de-CH,de;q=0.9')).text).toContain(
      'Dieser Server verwaltet die Konten von Beispiel.',
    );
  });

  it('is there while APP_URL is set, and can be requested with HEAD but not with POST', async () => {
    const app = await startApp({ APP_URL: 'https://app.example.com' });
    const statuses = [];
    for (const method of ['GET', 'HEAD', 'POST']) statuses.push((await fetch(app.url, { method })).status);
    await app.close();
    expect(statuses).toEqual([200, 200, 405]);
  });
});
