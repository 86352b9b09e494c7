import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readLanguageFiles, UnusableTemplates } from '../../src/mail/language-files.js';
import { createTranslations } from '../../src/mail/translations.js';

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
const problems = (): readonly string[] => {
  try {
    createTranslations(readLanguageFiles(folder));
  } catch (error) {
    if (error instanceof UnusableTemplates) return error.problems;
    throw error;
  }
  return [];
};

describe('MAIL_TEMPLATES_DIR', () => {
  it('is read file by file, each with its language and its texts', () => {
    put('fr.json', { 'account-deleted': { subject: 'Adieu' } });
    put('de-AT.json', {});
    expect(readLanguageFiles(folder)).toEqual([
      { name: 'de-AT.json', locale: 'de-AT', texts: {}, pages: {} },
      { name: 'fr.json', locale: 'fr', texts: { 'account-deleted': { subject: 'Adieu' } }, pages: {} },
    ]);
  });

  it('may contain files that do not end in .json, which are ignored', () => {
    put('README.md', 'texts');
    put('.fr.json', 'half written by an editor');
    expect(problems()).toEqual([]);
  });

  it.each<[string, string, unknown, RegExp]>([
    ['text that is not JSON', 'fr.json', '{"verify-email": ', /^fr\.json: must be one JSON object/],
    ['a list', 'fr.json', [], /^fr\.json: must be one JSON object/],
    ['a duplicate name', 'de.json', '{"account-deleted":{},"account-deleted":{}}', /duplicate names/],
    ['a byte order mark', 'fr.json', '\ufeff{}', /byte order mark/],
    ['a bad locale', 'fr_FR.json', {}, /^fr_FR\.json: must be named after a language tag/],
    ['another spelling of a locale', 'pt-br.json', {}, /^pt-br\.json: must be named pt-BR\.json/],
    [
      'an unknown message',
      'de.json',
      { welcome: {} },
      /^de\.json: welcome is not a message; the messages are: verify-email, /,
    ],
    ['pages that are a list', 'de.json', { pages: [] }, /^de\.json: pages must be an object/],
    [
      'an unknown page',
      'de.json',
      { pages: { login: {} } },
      /^de\.json: pages\.login is unknown; the texts of pages are: shared, server, verify-email, /,
    ],
    ['a page that is a string', 'de.json', { pages: { shared: 'x' } }, /^de\.json: pages\.shared must be an object/],
    [
      'an unknown text of a page',
      'de.json',
      { pages: { 'reset-password': { confirmText: 'x' } } },
      /^de\.json: pages\.reset-password\.confirmText is unknown; the parts of this text are: heading, /,
    ],
    [
      'a text of a page without its placeholder',
      'de.json',
      { pages: { shared: { limited: 'Zu viele Versuche.' } } },
      /^de\.json: pages\.shared\.limited must contain \{minutes\}/,
    ],
    [
      'a placeholder of another text in a page',
      'de.json',
      { pages: { 'reset-password': { done: 'Fertig, {email}.' } } },
      /^de\.json: pages\.reset-password\.done: \{email\} is not a placeholder of this text/,
    ],
    ['a name of Object', 'de.json', '{"constructor":{}}', /constructor is not a message/],
    [
      'a message that is a string',
      'de.json',
      { 'account-deleted': 'x' },
      /^de\.json: account-deleted must be an object/,
    ],
    ['an unknown text', 'de.json', { 'account-deleted': { link: 'x' } }, /account-deleted\.link is unknown/],
    [
      'a number',
      'de.json',
      { 'account-deleted': { subject: 5 } },
      /account-deleted\.subject must be a non-empty string/,
    ],
    [
      'an empty text',
      'de.json',
      { 'account-deleted': { subject: ' ' } },
      /account-deleted\.subject must be a non-empty string/,
    ],
    [
      'a header',
      'de.json',
      { 'account-deleted': { subject: 'a\r\nBcc: b' } },
      /subject must be a non-empty string without line breaks/,
    ],
    [
      'no paragraph',
      'de.json',
      { 'account-deleted': { paragraphs: [] } },
      /paragraphs must be a non-empty list of strings/,
    ],
    [
      'paragraphs that are a string',
      'de.json',
      { 'account-deleted': { paragraphs: 'x' } },
      /paragraphs must be a non-empty list of strings/,
    ],
    [
      'a nested list',
      'de.json',
      { 'account-deleted': { paragraphs: [['x']] } },
      /paragraphs\[0\] must be a non-empty string/,
    ],
    [
      'an unknown placeholder',
      'de.json',
      { 'email-changed': { paragraphs: ['{newEmail} {newMail}'] } },
      /^de\.json: email-changed\.paragraphs\[0\]: \{newMail\} is not a placeholder of this text; the placeholders are: \{newEmail\}, \{service\}$/,
    ],
    ['a stray brace', 'de.json', { 'account-deleted': { subject: 'a { b' } }, /\{ b is not a placeholder of this text/],
    [
      'a missing placeholder',
      'de.json',
      { 'email-changed': { paragraphs: ['x'] } },
      /email-changed\.paragraphs must contain \{newEmail\}/,
    ],
    ['a missing link', 'de.json', { 'verify-email': { paragraphs: ['x'] } }, /must contain \{link\} once/],
    ['two links', 'de.json', { 'verify-email': { paragraphs: ['{link}', '{link}'] } }, /must contain \{link\} once/],
    [
      'a link within a sentence',
      'de.json',
      { 'verify-email': { paragraphs: ['Open {link}.'] } },
      /\{link\} is not a placeholder of this text/,
    ],
    [
      'a link in a message without one',
      'de.json',
      { 'account-deleted': { paragraphs: ['{link}'] } },
      /not a placeholder of this text/,
    ],
    [
      'an incomplete message in a new language',
      'fr.json',
      { 'verify-email': { subject: 'x' } },
      /^fr\.json: verify-email lacks paragraphs, link$/,
    ],
  ])('is refused with %s, which is named', (_, name, content, expected) => {
    put(name, content);
    expect(problems().some((problem) => expected.test(problem))).toBe(true);
  });

  it('has all its problems reported at once', () => {
    put('de.json', { welcome: {}, 'verify-email': { subject: 1 } });
    put('fr_FR.json', '');
    expect(problems()).toHaveLength(4);
  });

  it('is refused when it does not exist', () => {
    expect(() => readLanguageFiles(join(folder, 'none'))).toThrow('The folder cannot be read.');
  });
});

describe('docs/mail.md', () => {
  it('has an example that can be used as it is', () => {
    const guide = readFileSync(fileURLToPath(new URL('../../docs/mail.md', import.meta.url)), 'utf8');
    put('de.json', /```json\n([^`]*)```/.exec(guide)?.[1] ?? '');
    expect(createTranslations(readLanguageFiles(folder)).notices).toEqual([]);
  });
});
