import type { EmailTexts, PageTexts } from '../languages/language.js';
import { languages } from '../languages/languages.js';
import type { PageTranslations } from '../languages/page-translations.js';
import { UnusableTemplates, type LanguageFile } from './language-files.js';
import { mergeLanguageTexts, type FoundText } from './language-texts.js';
import { pageBlocks, pagePartsOf } from './page-parts.js';
import { templates, textPartsOf, type TemplateName } from './templates.js';

/** The texts of emails in every language. */
export interface EmailTranslations {
  readonly locales: readonly string[];
  /** Returns the text of a message in the requested language, in the nearest one that exists, or in English. */
  readonly choose: <T extends TemplateName>(locale: string | null, template: T) => FoundText<EmailTexts[T]>;
}

/** The texts of emails and pages in every language, built in or from MAIL_TEMPLATES_DIR. */
export interface Translations {
  readonly emails: EmailTranslations;
  readonly pages: PageTranslations;
  /** Warnings for the operator: texts that an added language lacks. */
  readonly notices: readonly string[];
}

const FALLBACK = 'en';

/**
 * Adds language files to the built-in languages. `de.json` replaces single German texts, `de-AT.json` contains the texts that
 * differ in Austria, and `fr.json` adds a language. Each message and each page of an added language must be complete. Those that
 * it lacks are entirely in English, because an email or a page in two languages looks forged.
 *
 * @throws UnusableTemplates when a message or page of an added language is incomplete
 */
export const createTranslations = (files: readonly LanguageFile[]): Translations => {
  const emails = mergeLanguageTexts<EmailTexts>({
    builtIn: mapLanguages(({ emails }) => emails),
    files,
    partsOf: textPartsOf,
  });
  const pages = mergeLanguageTexts<PageTexts>({
    builtIn: mapLanguages(({ pages }) => pages),
    files: files.map(({ pages, ...file }) => ({ ...file, texts: pages })),
    partsOf: pagePartsOf,
  });
  const problems = [...emails.problems, ...pages.problems];
  if (problems.length > 0) throw new UnusableTemplates(problems);

  /** Returns a page in one language together with the shared texts in the same one. */
  const findPage = <N extends keyof PageTexts>(requested: string, name: N) => {
    const [found, shared] = [pages.find(requested, name), pages.find(requested, 'shared')];
    if (!found || !shared) return undefined;
    // Both tags match the requested one. A region may differ in one of the two only.
    const { locale } = shared.locale.length > found.locale.length ? shared : found;
    return { locale, text: found.text, shared: shared.text };
  };
  const notices = files.flatMap(({ name, locale }) => {
    const messages = (Object.keys(templates) as TemplateName[]).filter((template) => !emails.find(locale, template));
    const blocks = pageBlocks.filter((block) => !pages.find(locale, block));
    return [
      ...(messages.length > 0
        ? [`${name} lacks these messages, which are sent in English instead: ${messages.join(', ')}.`]
        : []),
      ...(blocks.length > 0
        ? [`${name} lacks these texts of pages, which are shown in English instead: ${blocks.join(', ')}.`]
        : []),
    ];
  });
  return {
    emails: {
      locales: emails.locales,
      choose: (locale, template) =>
        emails.find(locale ?? FALLBACK, template) ?? {
          locale: FALLBACK,
          text: emails.find(FALLBACK, template)?.text ?? languages[FALLBACK].emails[template],
        },
    },
    pages: {
      locales: pages.locales,
      choose: (requested, name) => {
        for (const locale of [...requested, FALLBACK]) {
          const found = findPage(locale, name);
          if (found) return found;
        }
        return { locale: FALLBACK, text: languages[FALLBACK].pages[name], shared: languages[FALLBACK].pages.shared };
      },
    },
    notices,
  };
};

const mapLanguages = <T>(read: (language: (typeof languages)[keyof typeof languages]) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(languages).map(([tag, language]) => [tag, read(language)]));
