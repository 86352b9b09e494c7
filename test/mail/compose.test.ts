import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Message } from '../../src/mail/email-message.js';
import { createEmailComposer } from '../../src/mail/compose.js';
import { templates } from '../../src/mail/templates.js';

const options = {
  publicUrl: 'https://id.example.com',
  appUrl: 'https://app.example.com',
  mailFrom: { name: 'Example', address: 'no-reply@example.com' },
};
const { compose, locales } = createEmailComposer(options);

const verification: Message = { template: 'verify-email', token: 'id.secret' };
const LINK = 'https://app.example.com/verify-email?token=id.secret';

/** One message of each template, with values that an attacker might have chosen. */
const messages: readonly Message[] = [
  verification,
  { template: 'sign-up-attempted' },
  { template: 'reset-password', token: 'id.secret' },
  { template: 'change-email', token: 'id.secret' },
  { template: 'email-change-requested', newEmail: 'eve+{service}@example.com' },
  { template: 'email-changed', newEmail: "o'hara&co@example.com" },
  { template: 'email-assigned' },
  { template: 'password-changed' },
  { template: 'new-device', device: '<b>Firefox</b>', network: null, at: '2026-05-04T13:37:00Z' },
  { template: 'deletion-scheduled', eraseAfter: '2026-05-04T13:37:00Z' },
  { template: 'account-deleted' },
];

describe('an email with a link', () => {
  it('leads to APP_URL with the token, in plain text and in HTML', () => {
    const { subject, text, html, link } = compose({ locale: null, message: verification });
    expect(subject).toBe('Confirm your email address');
    expect(link).toBe(LINK);
    expect(text).toContain(`\n${LINK}\n`);
    expect(html).toContain(`href="${LINK}"`);
  });

  it.each([
    ['verify-email', '/verify-email'],
    ['reset-password', '/reset-password'],
    ['change-email', '/confirm-email-change'],
  ] as const)('%s leads to %s', (template, path) => {
    const { link } = compose({ locale: 'en', message: { template, token: 'id.secret' } });
    expect(link).toBe(`https://app.example.com${path}?token=id.secret`);
  });

  it('tells the page its language, unless that is English', () => {
    expect(compose({ locale: 'de', message: verification }).link).toBe(`${LINK}&lang=de`);
    expect(compose({ locale: 'en-GB', message: verification }).link).toBe(LINK);
  });
});

describe('an email without a link', () => {
  it('contains no URL: there is nothing to confirm', () => {
    const { text, html, link } = compose({ locale: null, message: { template: 'sign-up-attempted' } });
    expect(link).toBeUndefined();
    expect(text + html).not.toContain('https://');
  });
});

describe('the language of an email', () => {
  const localeFor = (locale: string | null) => compose({ locale, message: verification }).locale;

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

  it('is declared in the HTML, for screen readers', () => {
    expect(compose({ locale: 'de', message: verification }).html).toContain('<html lang="de">');
  });

  it('is also the language of its dates, which are in UTC and say so', () => {
    const message: Message = { template: 'deletion-scheduled', eraseAfter: '2026-05-04T23:30:00+02:00' };
    expect(compose({ locale: 'en', message }).text).toContain('May 4, 2026 at 21:30 UTC');
    expect(compose({ locale: 'de', message }).text).toContain('4. Mai 2026 um 21:30 UTC');
  });
});

describe('every message in every language', () => {
  const all = messages.flatMap((message) => locales.map((locale) => [message.template, locale, message] as const));

  it('is tested', () => {
    expect(messages.map(({ template }) => template)).toEqual(Object.keys(templates));
    expect(locales).toEqual(['en', 'de']);
  });

  it.each(all)('%s in %s names the sender, is in one language, and leaves no placeholder', (_, locale, message) => {
    const { subject, text, html, locale: written } = compose({ locale, message });
    expect(written).toBe(locale);
    expect(text).toContain('Example');
    expect(`${subject}${text}${html}`.replaceAll('eve+{service}@', '')).not.toMatch(/[{}]|undefined|null|Invalid/);
  });

  it.each(all)('%s in %s loads nothing and runs nothing', (_, locale, message) => {
    const { html } = compose({ locale, message });
    expect(html).not.toMatch(/<(?:img|script|link|iframe|object|form|svg|b)\b|url\(|@import|\bsrc=/i);
    expect(html).toContain('<meta name="color-scheme" content="light dark">');
  });
});

describe('a value that an attacker chose', () => {
  const device = (text: string) => {
    const message: Message = { template: 'new-device', device: text, network: null, at: '2026-05-04T13:37:00Z' };
    return compose({ locale: 'en', message });
  };

  it('is text in HTML, never markup', () => {
    const { html } = device(`<img src=x onerror="alert('1')">&amp;`);
    expect(html).toContain('&#60;img src=x onerror=&#34;alert(&#39;1&#39;)&#34;&#62;&#38;amp;');
  });

  it('starts no line and changes no text direction', () => {
    const { text } = device('Firefox\r\nBcc: eve@example.com\u202Etxt\u2028\u0000');
    expect(text).toContain('Device: Firefox  Bcc: eve@example.com txt');
    expect(text).not.toMatch(/[\r\0\u202E\u2028]/);
  });

  it('is not replaced when it looks like a placeholder', () => {
    const message: Message = { template: 'email-changed', newEmail: 'eve+{service}@example.com' };
    expect(compose({ locale: 'en', message }).text).toContain('eve+{service}@example.com');
  });

  it('is shortened when it is long', () => {
    expect(device('x'.repeat(10_000)).text.length).toBeLessThan(1000);
  });
});

describe('the name of the service in an email', () => {
  const textWith = (other: object) =>
    createEmailComposer({ ...options, ...other }).compose({ locale: 'en', message: { template: 'account-deleted' } })
      .text;

  it('is APP_NAME, then the name in MAIL_FROM, then the host of APP_URL', () => {
    expect(textWith({ appName: 'Acme, Inc.' })).toContain('account at Acme, Inc. and');
    expect(textWith({})).toContain('account at Example and');
    expect(textWith({ mailFrom: 'no-reply@example.com' })).toContain('account at app.example.com and');
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
    writeFileSync(join(folder, name), JSON.stringify(content));
  };
  const load = () => createEmailComposer({ ...options, mailTemplatesDir: folder });

  it('adds a language; messages that it lacks are sent entirely in English, and a notice says so', () => {
    put('fr.json', {
      'verify-email': {
        subject: 'Confirmez votre adresse',
        paragraphs: ['Bonjour de {service}.', '{link}', 'Merci.'],
        link: 'Confirmer',
      },
    });
    const loaded = load();
    const { subject, text, link } = loaded.compose({ locale: 'fr-CA', message: verification });
    expect(loaded.locales).toEqual(['en', 'de', 'fr']);
    expect(subject).toBe('Confirmez votre adresse');
    expect(text).toBe(`Bonjour de Example.\n\n${LINK}&lang=fr\n\nMerci.\n`);
    expect(link).toBe(`${LINK}&lang=fr`);
    expect(loaded.compose({ locale: 'fr', message: { template: 'password-changed' } }).locale).toBe('en');
    expect(loaded.notices).toEqual([
      expect.stringMatching(/^fr\.json lacks these messages.*: sign-up-attempted, reset-password/),
      expect.stringMatching(/^fr\.json lacks these texts of pages.*: shared, server, verify-email/),
    ]);
  });

  it('replaces single texts of a built-in language, and leaves the others', () => {
    put('de.json', { 'verify-email': { subject: 'Willkommen bei {service}' } });
    const loaded = load();
    const email = loaded.compose({ locale: 'de', message: verification });
    expect(email.subject).toBe('Willkommen bei Example');
    expect(email.text).toBe(compose({ locale: 'de', message: verification }).text);
    expect(loaded.notices).toEqual([]);
  });

  it('contains what is different in a region', () => {
    put('de-AT.json', { 'verify-email': { subject: 'Servus' } });
    put('de.json', { 'verify-email': { link: 'Weiter' } });
    const loaded = load();
    const email = loaded.compose({ locale: 'de-AT', message: verification });
    expect(email).toMatchObject({ locale: 'de-AT', subject: 'Servus' });
    expect(email.html).toContain('>Weiter</a>');
    expect(loaded.compose({ locale: 'de-AT', message: { template: 'password-changed' } }).locale).toBe('de');
    expect(loaded.compose({ locale: 'de', message: verification }).subject).not.toBe('Servus');
  });

  it('is refused when it does not exist', () => {
    expect(() => createEmailComposer({ ...options, mailTemplatesDir: join(folder, 'none') })).toThrow(
      'The folder cannot be read.',
    );
  });
});
