import { languages } from '../languages/languages.js';
import type { EmailTexts } from '../languages/language.js';
import { canonicalLocale } from '../values/language-tag.js';
import { UnusableTemplates, type LanguageFile, type PartialText } from './language-files.js';
import { templates, textPartsOf, type TemplateName } from './templates.js';

/** The text of an email and the language it is in. */
export interface EmailTranslation<T extends TemplateName> {
  /** A canonical BCP 47 tag. */
  readonly locale: string;
  readonly text: EmailTexts[T];
}

/** The texts of emails in every language, built in or from MAIL_TEMPLATES_DIR. */
export interface EmailTranslations {
  readonly locales: readonly string[];
  /** Warnings for the operator: messages that an added language lacks. */
  readonly notices: readonly string[];
  /** Returns the text of a message in the requested language, in the nearest one that exists, or in English. */
  readonly choose: <T extends TemplateName>(locale: string | null, template: T) => EmailTranslation<T>;
}

const FALLBACK = 'en';

/**
 * Adds language files to the built-in languages. `de.json` replaces single German texts, `de-AT.json` contains the texts that
 * differ in Austria, and `fr.json` adds a language. Each message of an added language must be complete. Messages that it
 * lacks are sent entirely in English, because an email in two languages looks forged.
 *
 * @throws UnusableTemplates when a message of an added language is incomplete
 */
export const createEmailTranslations = (files: readonly LanguageFile[]): EmailTranslations => {
  const builtIn = Object.entries(languages).map(([tag, { emails }]) => [tag, emails] as const);
  const textsByLocale = new Map<string, Partial<EmailTexts>>(builtIn);
  const find = <T extends TemplateName>(locales: readonly string[], template: T): EmailTranslation<T> | undefined => {
    for (const locale of locales) {
      const text = textsByLocale.get(locale)?.[template];
      if (text) return { locale, text };
    }
    return undefined;
  };

  const problems: string[] = [];
  // Shorter tags first, so that a region is completed from its language.
  for (const { name, locale, texts } of [...files].sort((a, b) => a.locale.length - b.locale.length)) {
    const merged: Partial<Record<TemplateName, object>> = { ...textsByLocale.get(locale) };
    for (const [template, text] of Object.entries(texts) as [TemplateName, PartialText][]) {
      const whole: PartialText = { ...find(lookupTags(locale), template)?.text, ...text };
      const missing = textPartsOf(template).filter((part) => !(part in whole));
      if (missing.length > 0) problems.push(`${name}: ${template} lacks ${missing.join(', ')}`);
      merged[template] = whole;
    }
    // Each part is present, and its form was checked when the file was read.
    textsByLocale.set(locale, merged as Partial<EmailTexts>);
  }
  if (problems.length > 0) throw new UnusableTemplates(problems);

  const notices = files.flatMap(({ name, locale }) => {
    const missing = (Object.keys(templates) as TemplateName[]).filter(
      (template) => !find(lookupTags(locale), template),
    );
    return missing.length === 0
      ? []
      : [`${name} lacks these messages, which are sent in English instead: ${missing.join(', ')}.`];
  });
  return {
    locales: [...textsByLocale.keys()],
    notices,
    choose: (locale, template) =>
      find([...lookupTags(locale ?? FALLBACK), FALLBACK], template) ?? {
        locale: FALLBACK,
        text: languages[FALLBACK].emails[template],
      },
  };
};

/** Lists the tags that match a requested language, the most specific first. @see RFC 4647 section 3.4 */
const lookupTags = (requested: string): string[] => {
  const subtags = canonicalLocale(requested)?.split('-') ?? [];
  return subtags.map((_, index) => subtags.slice(0, subtags.length - index).join('-'));
};
