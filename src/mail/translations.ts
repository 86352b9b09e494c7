import { canonicalLocale } from '../values/language-tag.js';
import { partsOf, UnusableTemplates, type LanguageFile, type PartialText } from './language-files.js';
import { de } from '../languages/de.js';
import { en } from '../languages/en.js';
import { templates, type Language, type TemplateName, type Text } from './templates.js';

/** A text and the language it is in. */
export interface Translation<T extends TemplateName> {
  readonly locale: string;
  readonly text: Text<T>;
}

/** Every language there is. */
export interface Languages {
  readonly locales: readonly string[];
  /** What an operator should know: messages that a new language does not have. */
  readonly notices: readonly string[];
  /** The text of a message in the language asked for, in the nearest one that there is, or in English. */
  choose<T extends TemplateName>(locale: string | null, template: T): Translation<T>;
}

const FALLBACK = 'en';
const builtIn: Readonly<Record<string, Language>> = { en, de };

/**
 * Puts files over the languages that are built in. `de.json` replaces single texts of the German ones, `de-AT.json` says
 * what is said differently in Austria, and `fr.json` adds a language: each message in it is whole, and those that it lacks go
 * out in English as a whole, because a mail in two languages looks forged.
 *
 * @throws UnusableTemplates when a file begins a message and does not finish it
 */
export const createLanguages = (files: readonly LanguageFile[]): Languages => {
  const languages = new Map<string, Partial<Language>>(Object.entries(builtIn));
  const find = <T extends TemplateName>(locales: readonly string[], template: T): Translation<T> | undefined => {
    for (const locale of locales) {
      const text = languages.get(locale)?.[template];
      if (text) return { locale, text };
    }
    return undefined;
  };

  const problems: string[] = [];
  // The shorter tag first, so that a region finds its language.
  for (const { name, locale, texts } of [...files].sort((a, b) => a.locale.length - b.locale.length)) {
    const language: Partial<Record<TemplateName, PartialText>> = { ...languages.get(locale) };
    for (const [template, text] of Object.entries(texts) as [TemplateName, PartialText][]) {
      const whole: PartialText = { ...find(lookup(locale), template)?.text, ...text };
      const missing = partsOf(template).filter((part) => !(part in whole));
      if (missing.length > 0) problems.push(`${name}: ${template} lacks ${missing.join(', ')}`);
      language[template] = whole;
    }
    // Every part is there and was checked when the file was read.
    languages.set(locale, language as Partial<Language>);
  }
  if (problems.length > 0) throw new UnusableTemplates(problems);

  const notices = files.flatMap(({ name, locale }) => {
    const missing = (Object.keys(templates) as TemplateName[]).filter((template) => !find(lookup(locale), template));
    return missing.length === 0 ? [] : [`${name} lacks messages that go out in English: ${missing.join(', ')}.`];
  });
  return {
    locales: [...languages.keys()],
    notices,
    choose: (locale, template) =>
      find([...lookup(locale ?? FALLBACK), FALLBACK], template) ?? { locale: FALLBACK, text: en[template] },
  };
};

/** The language tags that satisfy a wish, the nearest first. @see RFC 4647 section 3.4 */
const lookup = (wish: string): string[] => {
  const subtags = canonicalLocale(wish)?.split('-') ?? [];
  return subtags.map((_, index) => subtags.slice(0, subtags.length - index).join('-'));
};
