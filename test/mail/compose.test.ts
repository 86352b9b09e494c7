import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { UnusableTemplates } from '../../src/mail/language-files.js';
import type { Message } from '../../src/mail/email-message.js';
import { createEmailComposer } from '../../src/mail/compose.js';
import { templates } from '../../src/mail/templates.js';

const options = {
  publicUrl: 'https://id.example.com',
  appUrl: 'https://app.example.com',
  mailFrom: 'Example <no-reply@example.com>',
};
const { write, locales } = createEmailComposer(options);

const verification: Message = { template: 'verify-email', token: 'id.secret' };
const LINK = 'https://app.example.com/verify-email?token=id.secret';

/** One of each, with what a stranger might have chosen in it. */
const messages: readonly Message[] = [
  verification,
  { template: 'sign-up-attempted' },
  { template: 'reset-password', token: 'id.secret' },
  { template: 'change-email', token: 'id.secret' },
  { template: 'email-change-requested', newEmail: 'eve+{service}@example.com' },
  { template: 'email-changed', newEmail: "o'hara&co@example.com" },
  { template: 'password-changed' },
  { template: 'new-device', device: '<b>Firefox</b>', network: null, at: '2026-05-04T13:37:00Z' },
  { template: 'deletion-scheduled', eraseAfter: '2026-05-04T13:37:00Z' },
  { template: 'account-deleted' },
];

describe('a mail with a link', () => {
  it('leads to APP_URL with the token, in text and in HTML alike', () => {
    const { subject, text, html, link } = write({ locale: null, message: verification });
    expect(subject).toBe('Confirm your e-mail address');
    expect(link).toBe(LINK);
    expect(text).toContain(`\n${LINK}\n`);
    expect(html).toContain(`href="${LINK}"`);
  });

  it.each([
    ['verify-email', '/verify-email'],
    ['reset-password', '/reset-password'],
    ['change-email', '/confirm-email-change'],
  ] as const)('%s leads to %s', (template, path) => {
    const { link } = write({ locale: 'en', message: { template, token: 'id.secret' } });
    expect(link).toBe(`https://app.example.com${path}?token=id.secret`);
  });

  it('tells the page its language, unless that is English', () => {
    expect(write({ locale: 'de', message: verification }).link).toBe(`${LINK}&lang=de`);
    expect(write({ locale: 'en-GB', message: verification }).link).toBe(LINK);
  });
});

describe('a mail without a link', () => {
  it('has none: there is nothing to confirm', () => {
    const { text, html, link } = write({ locale: null, message: { template: 'sign-up-attempted' } });
    expect(link).toBeUndefined();
    expect(text + html).not.toContain('https://');
  });
});

describe('the language of a mail', () => {
  const localeFor = (locale: string | null) => write({ locale, message: verification }).locale;

  it.each([
    ['de', 'de'],
    ['de-AT', 'de'],
    ['DE-at', 'de'],
    ['de-DE-u-co-phonebk', 'de'],
    ['en-US', 'en'],
    ['tlh', 'en'],
    ['de_AT', 'en'],
    ['../../etc', 'en'],
    ['', 'en'],
    [null, 'en'],
  ])('for %j is %s', (locale, expected) => {
    expect(localeFor(locale)).toBe(expected);
  });

  it('is said to whoever reads it aloud', () => {
    expect(write({ locale: 'de', message: verification }).html).toContain('<html lang="de">');
  });

  it('is also that of its dates, which are in UTC and say so', () => {
    const message: Message = { template: 'deletion-scheduled', eraseAfter: '2026-05-04T23:30:00+02:00' };
    expect(write({ locale: 'en', message }).text).toContain('May 4, 2026 at 21:30 UTC');
    expect(write({ locale: 'de', message }).text).toContain('4. Mai 2026 um 21:30 UTC');
  });
});

describe('every message in every language', () => {
  const all = messages.flatMap((message) => locales.map((locale) => [message.template, locale, message] as const));

  it('is tested', () => {
    expect(messages.map(({ template }) => template)).toEqual(Object.keys(templates));
    expect(locales).toEqual(['en', 'de']);
  });

  it.each(all)('%s in %s says who sends it, keeps to its language, and leaves no placeholder', (_, locale, message) => {
    const { subject, text, html, locale: written } = write({ locale, message });
    expect(written).toBe(locale);
    expect(text).toContain('Example');
    expect(`${subject}${text}${html}`.replaceAll('eve+{service}@', '')).not.toMatch(/[{}]|undefined|null|Invalid/);
  });

  it.each(all)('%s in %s fetches nothing and runs nothing', (_, locale, message) => {
    const { html } = write({ locale, message });
    expect(html).not.toMatch(/<(?:img|script|link|iframe|object|form|svg|b)\b|url\(|@import|\bsrc=/i);
    expect(html).toContain('<meta name="color-scheme" content="light dark">');
  });
});

describe('what a stranger chose', () => {
  const device = (text: string) => {
    const message: Message = { template: 'new-device', device: text, network: null, at: '2026-05-04T13:37:00Z' };
    return write({ locale: 'en', message });
  };

  it('is text in HTML, never markup', () => {
    const { html } = device(`<img src=x onerror="alert('1')">&amp;`);
    expect(html).toContain('&#60;img src=x onerror=&#34;alert(&#39;1&#39;)&#34;&#62;&#38;amp;');
  });

  it('begins no line and turns no text around', () => {
    const { text } = device('Firefox\r\nBcc: eve@example.com\u202Etxt\u2028\u0000');
    expect(text).toContain('Device: Firefox  Bcc: eve@example.com txt');
    expect(text).not.toMatch(/[\r\0\u202E\u2028]/);
  });

  it('is not filled in again when it looks like a placeholder', () => {
    const message: Message = { template: 'email-changed', newEmail: 'eve+{service}@example.com' };
    expect(write({ locale: 'en', message }).text).toContain('eve+{service}@example.com');
  });

  it('is cut when it goes on and on', () => {
    expect(device('x'.repeat(10_000)).text.length).toBeLessThan(1000);
  });
});

describe('MAIL_TEMPLATES_DIR', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-templates-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const put = (name: string, content: unknown) => {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const load = () => createEmailComposer({ ...options, mailTemplatesDir: folder });
  const problems = (): readonly string[] => {
    try {
      load();
    } catch (error) {
      if (error instanceof UnusableTemplates) return error.problems;
      throw error;
    }
    return [];
  };

  const french = {
    'verify-email': {
      subject: 'Confirmez votre adresse',
      paragraphs: ['Bonjour de {service}.', '{link}', 'Merci.'],
      link: 'Confirmer',
    },
  };

  it('adds a language; what it lacks goes out in English as a whole, and that is said', () => {
    put('fr.json', french);
    const { write: writeNow, locales: now, notices } = load();
    const { subject, text, link } = writeNow({ locale: 'fr-CA', message: verification });
    expect(now).toEqual(['en', 'de', 'fr']);
    expect(subject).toBe('Confirmez votre adresse');
    expect(text).toBe(`Bonjour de Example.\n\n${LINK}&lang=fr\n\nMerci.\n`);
    expect(link).toBe(`${LINK}&lang=fr`);
    expect(writeNow({ locale: 'fr', message: { template: 'password-changed' } }).locale).toBe('en');
    expect(notices).toEqual([expect.stringMatching(/^fr\.json lacks .*: sign-up-attempted, reset-password/)]);
  });

  it('replaces single texts of a language that is built in, and leaves the others', () => {
    put('de.json', { 'verify-email': { subject: 'Willkommen bei {service}' } });
    const { write: writeNow, notices } = load();
    const written = writeNow({ locale: 'de', message: verification });
    expect(written.subject).toBe('Willkommen bei Example');
    expect(written.text).toBe(write({ locale: 'de', message: verification }).text);
    expect(notices).toEqual([]);
  });

  it('says for a region what is different there', () => {
    put('de-AT.json', { 'verify-email': { subject: 'Servus' } });
    put('de.json', { 'verify-email': { link: 'Weiter' } });
    const { write: writeNow } = load();
    const written = writeNow({ locale: 'de-AT', message: verification });
    expect(written).toMatchObject({ locale: 'de-AT', subject: 'Servus' });
    expect(written.html).toContain('>Weiter</a>');
    expect(writeNow({ locale: 'de-AT', message: { template: 'password-changed' } }).locale).toBe('de');
    expect(writeNow({ locale: 'de', message: verification }).subject).not.toBe('Servus');
  });

  it('ignores what is no .json file', () => {
    put('README.md', 'texts');
    put('.fr.json', 'half written by an editor');
    expect(problems()).toEqual([]);
  });

  it.each<[string, string, unknown, RegExp]>([
    ['what is not JSON', 'fr.json', '{"verify-email": ', /^fr\.json: must be one JSON object/],
    ['a list', 'fr.json', [], /^fr\.json: must be one JSON object/],
    ['a name that stands twice', 'de.json', '{"account-deleted":{},"account-deleted":{}}', /no name twice/],
    ['a byte order mark', 'fr.json', '\ufeff{}', /byte order mark/],
    ['a bad locale', 'fr_FR.json', {}, /^fr_FR\.json: its name must be a language tag/],
    ['another spelling of a locale', 'pt-br.json', {}, /^pt-br\.json: its name must be pt-BR\.json/],
    ['an unknown message', 'de.json', { welcome: {} }, /^de\.json: welcome is no message; there are: verify-email, /],
    ['a name of Object', 'de.json', '{"constructor":{}}', /constructor is no message/],
    ['a message that is a text', 'de.json', { 'account-deleted': 'x' }, /^de\.json: account-deleted must be an object/],
    ['an unknown text', 'de.json', { 'account-deleted': { link: 'x' } }, /account-deleted\.link is unknown/],
    ['a number', 'de.json', { 'account-deleted': { subject: 5 } }, /account-deleted\.subject must be a text/],
    ['an empty text', 'de.json', { 'account-deleted': { subject: ' ' } }, /account-deleted\.subject must be a text/],
    ['a header', 'de.json', { 'account-deleted': { subject: 'a\r\nBcc: b' } }, /subject must be a text of one line/],
    ['no paragraph', 'de.json', { 'account-deleted': { paragraphs: [] } }, /paragraphs must be a list of texts/],
    [
      'a paragraph as text',
      'de.json',
      { 'account-deleted': { paragraphs: 'x' } },
      /paragraphs must be a list of texts/,
    ],
    ['a list in the list', 'de.json', { 'account-deleted': { paragraphs: [['x']] } }, /paragraphs\[0\] must be a text/],
    [
      'an unknown placeholder',
      'de.json',
      { 'email-changed': { paragraphs: ['{newEmail} {newMail}'] } },
      /^de\.json: email-changed\.paragraphs\[0\]: \{newMail\} is no placeholder here; there are: \{newEmail\}, \{service\}$/,
    ],
    ['a stray brace', 'de.json', { 'account-deleted': { subject: 'a { b' } }, /\{ b is no placeholder here/],
    [
      'a missing placeholder',
      'de.json',
      { 'email-changed': { paragraphs: ['x'] } },
      /email-changed\.paragraphs must say \{newEmail\}/,
    ],
    ['a missing link', 'de.json', { 'verify-email': { paragraphs: ['x'] } }, /must have \{link\} once/],
    ['two links', 'de.json', { 'verify-email': { paragraphs: ['{link}', '{link}'] } }, /must have \{link\} once/],
    [
      'a link within a sentence',
      'de.json',
      { 'verify-email': { paragraphs: ['Open {link}.'] } },
      /\{link\} is no placeholder here/,
    ],
    ['a link where there is none', 'de.json', { 'account-deleted': { paragraphs: ['{link}'] } }, /no placeholder here/],
    [
      'a message that is begun in a new language',
      'fr.json',
      { 'verify-email': { subject: 'x' } },
      /^fr\.json: verify-email lacks paragraphs, link$/,
    ],
  ])('refuses %s, and names it', (_, name, content, expected) => {
    put(name, content);
    expect(problems().some((problem) => expected.test(problem))).toBe(true);
  });

  it('names everything that is wrong at once', () => {
    put('de.json', { welcome: {}, 'verify-email': { subject: 1 } });
    put('fr_FR.json', '');
    expect(problems()).toHaveLength(4);
  });

  it('refuses a folder that is not there', () => {
    expect(() => createEmailComposer({ ...options, mailTemplatesDir: join(folder, 'none') })).toThrow(
      'The folder cannot be read.',
    );
  });
});

describe('docs/mail.md', () => {
  const guide = readFileSync(fileURLToPath(new URL('../../docs/mail.md', import.meta.url)), 'utf8');

  it.each(Object.entries(templates))('says when %s is sent, and what it must say', (name, { placeholders, words }) => {
    const row = guide.split('\n').find((line) => line.startsWith(`| \`${name}\``));
    for (const word of placeholders) expect(row).toContain(`{${word}}`);
    for (const word of words) expect(guide).toContain(`\`${word}\``);
    expect(row).toBeDefined();
  });

  it('has an example that can be used as it is', () => {
    const example = /```json\n([^`]*)```/.exec(guide)?.[1] ?? '';
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-templates-'));
    writeFileSync(join(folder, 'de.json'), example);
    expect(createEmailComposer({ ...options, mailTemplatesDir: folder }).notices).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});
