import { languages } from '../../src/languages/languages.js';
import { templates, type TemplateName } from '../../src/mail/templates.js';

const others = Object.entries(languages).filter(([tag]) => tag !== 'en');
const emailNames = Object.keys(templates) as TemplateName[];

/** Lists the path of every text, without the paragraphs of emails, whose number may differ. */
const keysOf = (value: unknown, path = ''): string[] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, child]) => keysOf(child, `${path}/${key}`));
};

/** Lists every text. */
const textsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
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

  it.each(Object.entries(languages))('has the placeholders of English in its pages: %s', (_, { pages }) => {
    const placeholdersOf = (texts: object) =>
      Object.entries(texts).map(([part, text]) => [
        part,
        placeholdersIn([String(text)]).filter((name) => name !== '{service}'),
      ]);
    for (const [block, texts] of Object.entries(pages))
      expect(placeholdersOf(texts as object)).toEqual(placeholdersOf(languages.en.pages[block as keyof typeof pages]));
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
