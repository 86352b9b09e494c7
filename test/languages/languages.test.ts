import { languages } from '../../src/languages/languages.js';
import { templates, type TemplateName } from '../../src/mail/templates.js';

const others = Object.entries(languages).filter(([tag]) => tag !== 'en');
const emailNames = Object.keys(templates) as TemplateName[];

/** Lists the path of every text, without the paragraphs of emails, whose number may differ. */
const keysOf = (value: unknown, path = ''): string[] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, child]) => keysOf(child, `${path}/${key}`));
};

/** Lists every text, and calls those that take a number. */
const textsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value === 'function') return textsOf((value as (length: number) => unknown)(17));
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsOf);
  return [];
};

const placeholdersIn = (texts: readonly string[]): string[] =>
  [...new Set(texts.join('\n').match(/\{\w+\}/g) ?? [])].sort();

describe('every built-in language', () => {
  it.each(others)('has the texts that English has: %s', (_, language) => {
    expect(keysOf(language).sort()).toEqual(keysOf(languages.en).sort());
  });

  it.each(Object.entries(languages))('has no empty text: %s', (_, language) => {
    expect(textsOf(language).filter((text) => text.trim() === '')).toEqual([]);
  });

  it.each(Object.entries(languages))('states the lengths of the password policy: %s', (_, { sharedPageTexts }) => {
    const { policy, tooShort, tooLong } = sharedPageTexts;
    for (const text of [policy, tooShort, tooLong]) expect(text(17)).toContain(' 17 ');
  });
});

describe('an email in every built-in language', () => {
  it.each(emailNames)('%s contains its placeholders and its link', (name) => {
    const template = templates[name];
    const own = template.placeholders.map((placeholder) => `{${placeholder}}`);
    const expected = [...own, '{service}', ...('path' in template ? ['{link}'] : [])].sort();
    for (const { emails } of Object.values(languages)) {
      expect(placeholdersIn(emails[name].paragraphs)).toEqual(expected);
      expect(placeholdersIn([emails[name].subject])).toEqual([]);
      if ('path' in template) expect(emails[name].paragraphs.filter((text) => text === '{link}')).toHaveLength(1);
    }
  });
});
