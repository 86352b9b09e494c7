import { lookupTags } from '../values/language-tag.js';

/** Some of the texts of a message or page, or all of them, by the name of the part. */
export type PartialText = Readonly<Record<string, string | readonly string[]>>;

/** A named text in the language in which it was found. */
export interface FoundText<Text> {
  /** A canonical BCP 47 tag. */
  readonly locale: string;
  readonly text: Text;
}

/** The texts of every language. An added language may lack some of them, but has each other one completely. */
export interface LanguageTexts<Texts> {
  readonly locales: readonly string[];
  /** Returns the text in the requested language or the nearest one that has it. */
  readonly find: <N extends keyof Texts>(requested: string, name: N) => FoundText<Texts[N]> | undefined;
  /** The texts of added languages that are incomplete, each with its file. */
  readonly problems: readonly string[];
}

export interface LanguageTextsOptions<Texts> {
  readonly builtIn: Readonly<Record<string, Partial<Texts>>>;
  readonly files: readonly {
    readonly name: string;
    readonly locale: string;
    readonly texts: Readonly<Partial<Record<keyof Texts, PartialText>>>;
  }[];
  /** The parts of which a text consists. */
  readonly partsOf: (name: keyof Texts) => readonly string[];
}

/** Adds the texts of language files to the built-in ones, part by part. */
export const mergeLanguageTexts = <Texts extends object>({
  builtIn,
  files,
  partsOf,
}: LanguageTextsOptions<Texts>): LanguageTexts<Texts> => {
  const textsByLocale = new Map<string, Partial<Texts>>(Object.entries(builtIn));
  const find: LanguageTexts<Texts>['find'] = (requested, name) => {
    for (const locale of lookupTags(requested)) {
      const text = textsByLocale.get(locale)?.[name];
      if (text) return { locale, text };
    }
    return undefined;
  };

  const problems: string[] = [];
  // Shorter tags first, so that a region is completed from its language.
  for (const { name: file, locale, texts } of [...files].sort((a, b) => a.locale.length - b.locale.length)) {
    const merged: Partial<Record<keyof Texts, object>> = { ...textsByLocale.get(locale) };
    for (const [name, text] of Object.entries(texts) as [keyof Texts & string, PartialText][]) {
      const whole: PartialText = { ...find(locale, name)?.text, ...text };
      const missing = partsOf(name).filter((part) => !(part in whole));
      if (missing.length > 0) problems.push(`${file}: ${name} lacks ${missing.join(', ')}`);
      merged[name] = whole;
    }
    // Each part is present, and its form was checked when the file was read.
    textsByLocale.set(locale, merged as Partial<Texts>);
  }
  return { locales: [...textsByLocale.keys()], find, problems };
};
