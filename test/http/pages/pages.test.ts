import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse, validate } from 'graphql';

import { createSchema } from '../../../src/graphql/schema.js';
import { languages } from '../../../src/languages/languages.js';
import { startApp, type TestApp } from '../../support/app.js';
import { developmentVariables } from '../../support/configuration.js';
import { VerifyEmailDocument } from '../../support/generated/operations.js';
import { tokenIn } from '../../support/mailbox.js';
import { readPage } from '../../support/read-page.js';

const paths = ['/verify-email', '/reset-password', '/confirm-email-change'];

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ PUBLIC_URL: 'https://id.example.com', PASSWORD_MIN_LENGTH: '20' });
});

afterAll(async () => {
  await app.close();
});

const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
  const response = await fetch(`${app.url}${path}`, { method, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

const languageOf = (html: string) => /<html lang="(\w+)">/.exec(html)?.[1];

const signUp = async (email: string) => {
  const receipt = await app.signUp(email);
  return { token: tokenIn(await app.mailbox.waitForLink(email)), receipt };
};

describe('the headers of a page', () => {
  it.each(paths)(
    'let %s run its own script and style, send requests to its own server, and nothing else',
    async (path) => {
      const { status, headers } = await get(`${path}?token=id.secret`);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none';script-src 'sha256-[\w+/]{43}=';style-src 'sha256-[\w+/]{43}=';img-src 'self';connect-src 'self';form-action 'none';frame-ancestors 'none';base-uri 'none'$/,
      );
    },
  );

  it.each(paths)('let no other site learn the address of %s with its token, and no cache store it', async (path) => {
    const { headers } = await get(`${path}?token=id.secret`);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
  });

  it('are equally strict in development, where Apollo Sandbox has more rights', async () => {
    const { headers } = await readPage(developmentVariables, '/verify-email');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';script-src 'sha256-[^ ]+';style-src/);
  });
});

describe('the language of a page', () => {
  it.each([
    ['English if nothing is requested', '', undefined, 'en'],
    ['that of the email', '&lang=de', undefined, 'de'],
    ['that of the email rather than that of the browser', '&lang=de', 'en', 'de'],
    ['that of the email with a region', '&lang=de-AT', 'en', 'de'],
    ['that of the browser', '', 'de-CH,de;q=0.9,en;q=0.8', 'de'],
    ['the first of the browser’s languages that is built in', '', 'fr-FR, de;q=0.5, en;q=0.3', 'de'],
    ['the one with the highest weight', '', 'en;q=0.2, de;q=0.7', 'de'],
    ['none with the weight 0', '', 'de;q=0, *;q=0.1', 'en'],
    ['that of the browser, for an email in a language that is not built in', '&lang=fr', 'de', 'de'],
    ['English, for invalid tags', '&lang=%22%3E%3Cscript%3E&lang=de', 'toString;q=x, __proto__', 'en'],
  ])('is %s', async (_description, query, acceptLanguage, language) => {
    const headers = acceptLanguage === undefined ? { 'accept-language': '*' } : { 'accept-language': acceptLanguage };
    for (const path of paths) {
      expect(languageOf((await get(`${path}?token=id.secret${query}`, headers)).text)).toBe(language);
    }
  });

  it('is that of all its texts', async () => {
    const { text } = await get('/verify-email?lang=de');
    const { confirmText, confirmButton, chooseText } = languages.de.pages['verify-email'];
    const { showPassword, noScript } = languages.de.pages.shared;
    for (const expected of [confirmText, confirmButton, chooseText, showPassword, noScript]) {
      expect(text).toContain(expected);
    }
    expect(text).not.toContain(languages.en.pages.shared.showPassword);
  });
});

describe('a page', () => {
  it('is the same for every query string', async () => {
    const plain = await get('/verify-email?lang=en');
    const hostile = '%22%3E%3Cscript%3Ealert(1)%3C/script%3E';
    const other = await get(`/verify-email?token=${hostile}&lang=en&${hostile}=${hostile}&token=x`, {
      referer: 'https://evil.example',
      'x-forwarded-host': 'evil.example',
    });
    expect(other.text).toBe(plain.text);
  });

  it('names the host of PUBLIC_URL and the password policy of this server', async () => {
    const { text } = await get('/reset-password');
    expect(text).toContain('<title>Choose a new password – id.example.com</title>');
    expect(text).toContain('At least 20 characters.');
    expect(text).toContain('<p class="service" dir="auto">id.example.com</p>');
  });

  it('names APP_NAME where it is set, as text', async () => {
    const { text } = await readPage({ APP_NAME: 'Müller & <Söhne>' }, '/reset-password?lang=de');
    expect(text).toContain('<title>Neues Passwort wählen – Müller &#38; &#60;Söhne&#62;</title>');
    expect(text).toContain('melden Sie sich bei Müller &#38; &#60;Söhne&#62; mit Ihrem neuen Passwort an');
    expect(text).not.toContain('<Söhne>');
  });

  it('has an empty field for the user name, which reveals no address before the form is accepted', async () => {
    for (const path of ['/verify-email', '/reset-password']) {
      const { text } = await get(path);
      expect(text).toMatch(/<input class="name" id="username" type="text" autocomplete="username" [^>]*readonly>/);
      expect(text).not.toMatch(/<input[^>]* value=/);
    }
  });

  it('states a refusal by its role, a word and a sign, and a success by others', async () => {
    const { text } = await get('/reset-password');
    const results = [
      ...text.matchAll(/<template id="(\w+)" data-role="(\w+)"><p class="outcome"><svg[^]*?<\/svg>([^<]+)</g),
    ];
    expect(results.map(([, id, role, word]) => [id, role, word])).toEqual([
      ['Done', 'status', 'Done'],
      ['InvalidTokenError', 'alert', 'Not possible'],
      ['WeakPasswordError', 'alert', 'Not possible'],
      ['RateLimitedError', 'alert', 'Not possible'],
      ['Failed', 'alert', 'Not possible'],
      ['NoToken', 'alert', 'Not possible'],
    ]);
  });

  it('is in a language that the operator added, with its texts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-pages-'));
    const { en } = languages;
    const pages = {
      shared: { ...en.pages.shared, showPassword: 'Afficher le mot de passe' },
      'reset-password': { ...en.pages['reset-password'], heading: 'Choisissez un mot de passe' },
    };
    writeFileSync(join(folder, 'fr.json'), JSON.stringify({ pages }));
    const french = await startApp({ MAIL_TEMPLATES_DIR: folder });
    const [chosen, missing] = await Promise.all(
      ['/reset-password?lang=fr-CA', '/verify-email?lang=fr'].map(async (path) =>
        (await fetch(french.url + path)).text(),
      ),
    );
    await french.close();
    rmSync(folder, { recursive: true });
    expect(chosen).toContain('<html lang="fr">');
    expect(chosen).toContain('Choisissez un mot de passe');
    expect(chosen).toContain('Afficher le mot de passe');
    expect(languageOf(missing ?? '')).toBe('en');
  });

  it('has one heading, and a label for each field', async () => {
    for (const path of paths) {
      const { text } = await get(path);
      expect(text.match(/<h1>/g)).toHaveLength(1);
      for (const [, id = ''] of text.matchAll(/<input id="(\w+)"/g))
        expect(text).toMatch(new RegExp(`<label for="${id}">|<label class="check"><input id="${id}"`));
    }
  });

  it('asks the browser for a new password, not a stored one, and allows pasting', async () => {
    const { text } = await get('/reset-password');
    expect(text).toMatch(/<input id="password" type="password" autocomplete="new-password"/);
    expect(text).not.toMatch(/maxlength|onpaste/);
  });

  it.each(paths)('sends a mutation that is valid against the schema: %s', async (path) => {
    const { text } = await get(path);
    const query = /data-query="([^"]+)"/.exec(text)?.[1] ?? '';
    expect(validate(createSchema(), parse(query))).toEqual([]);
  });
});

describe('GET and HEAD', () => {
  it('consume no token, and leave none in the log', async () => {
    const { token, receipt } = await signUp('scanned@example.com');
    for (const method of ['GET', 'HEAD', 'GET']) {
      for (const path of paths) expect((await get(`${path}?token=${token}&lang=de`, {}, method)).status).toBe(200);
    }
    const mutation = `mutation { verifyEmail(input: { token: "${token}", receipt: "${receipt}" }) { __typename } }`;
    await get(`/graphql?query=${encodeURIComponent(mutation)}`, { 'apollo-require-preflight': 'true' });
    expect(app.log.join('')).not.toContain(token);

    const { data } = await app.send(VerifyEmailDocument, { input: { token, receipt } });
    expect(data?.verifyEmail.__typename).toBe('VerifyEmailSuccess');
  });

  it('are the only methods of a page', async () => {
    for (const path of paths) expect((await get(path, {}, 'POST')).status).toBe(405);
  });
});

describe('while APP_URL is set', () => {
  it('the paths return a 404 in JSON, like any unknown path', async () => {
    const elsewhere = await startApp({ APP_URL: 'https://app.example.com' });
    const answers = await Promise.all(
      [...paths, '/anything'].map(async (path) => {
        const response = await fetch(`${elsewhere.url}${path}?token=id.secret`);
        return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
      }),
    );
    await elsewhere.close();
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 404, type: 'application/json; charset=utf-8' });
    expect(answers[0]?.text).toContain('"code":"BAD_REQUEST"');
  });
});
