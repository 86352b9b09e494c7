import type { PageTexts } from './language.js';

/** The texts of one block of the pages, with the texts that all pages share in the same language. */
export interface PageTranslation<N extends keyof PageTexts> {
  /** A canonical BCP 47 tag. */
  readonly locale: string;
  readonly text: PageTexts[N];
  readonly shared: PageTexts['shared'];
}

/** The texts of the pages in every language, built in or from MAIL_TEMPLATES_DIR. */
export interface PageTranslations {
  readonly locales: readonly string[];
  /** Returns the texts in the first requested language that has them, or the nearest one that exists, or in English. */
  readonly choose: <N extends keyof PageTexts>(requested: readonly string[], name: N) => PageTranslation<N>;
}
