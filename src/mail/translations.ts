import type { EmailTexts, PageTexts } from '../languages/language.js';
import { languages } from '../languages/languages.js';
import type { PageTranslations } from '../languages/page-translations.js';
import type { ApplicationMails, MailText } from './application-mails.js';
import { UnusableTemplates, type LanguageFile } from './language-files.js';
import { mergeLanguageTexts, type FoundText } from './language-texts.js';
import { ownForms, type MessageForms } from './message-forms.js';
import { pageBlocks, pagePartsOf } from './page-parts.js';
import { templates, textPartsOf, type TemplateName } from './templates.js';

/** The texts of emails in every language. */
export interface EmailTranslations {
  readonly locales: readonly string[];
  /** Returns the text of a message in the requested language, in the nearest one that exists, or in English. */
  readonly choose: <T extends TemplateName>(locale: string | null, template: T) => FoundText<EmailTexts[T]>;
}

/** The texts of the application's mails in every language. */
export interface MailTranslations {
  readonly locales: readonly string[];
  /** Returns the text of a mail as `EmailTranslations` does. @throws Error when there is no such mail */
  readonly choose: (locale: string | null, mail: string) => FoundText<MailText>;
}

/** The texts of emails and pages in every language, built in or from MAIL_TEMPLATES_DIR. */
export interface Translations {
  readonly emails: EmailTranslations;
  readonly mails: MailTranslations;
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
export const createTranslations = (
  files: readonly LanguageFile[],
  { texts, forms }: Pick<ApplicationMails, 'texts' | 'forms'> = { texts: {}, forms: new Map() },
): Translations => {
  const emails = mergeLanguageTexts<EmailTexts>({
    builtIn: mapLanguages(({ emails }) => emails),
    files: files.map((file) => ({ ...file, texts: onlyNames(file.texts, ownForms) })),
    partsOf: textPartsOf,
  });
  const mails = mergeLanguageTexts<Record<string, MailText>>({
    builtIn: mailsByLocale(texts),
    files: files.map((file) => ({ ...file, texts: onlyNames(file.texts, forms) })),
    partsOf: (name) => forms.get(name)?.parts ?? [],
  });
  const pages = mergeLanguageTexts<PageTexts>({
    builtIn: mapLanguages(({ pages }) => pages),
    files: files.map(({ pages, ...file }) => ({ ...file, texts: pages })),
    partsOf: pagePartsOf,
  });
  const problems = [...emails.problems, ...mails.problems, ...pages.problems];
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
    const messages = [
      ...(Object.keys(templates) as TemplateName[]).filter((template) => !emails.find(locale, template)),
      ...[...forms.keys()].filter((mail) => !mails.find(locale, mail)),
    ];
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
    mails: {
      locales: mails.locales,
      choose: (locale, mail) => {
        const found = mails.find(locale ?? FALLBACK, mail) ?? mails.find(FALLBACK, mail);
        if (!found) throw new Error(`there is no mail ${mail}`);
        return found;
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

/** The texts of the names that have a form. */
const onlyNames = (texts: LanguageFile['texts'], forms: MessageForms): LanguageFile['texts'] =>
  Object.fromEntries(Object.entries(texts).filter(([name]) => forms.has(name)));

const mailsByLocale = (mails: ApplicationMails['texts']): Record<string, Record<string, MailText>> => {
  const byLocale: Record<string, Record<string, MailText>> = {};
  for (const [name, texts] of Object.entries(mails))
    for (const [locale, text] of Object.entries(texts)) byLocale[locale] = { ...byLocale[locale], [name]: text };
  return byLocale;
};
