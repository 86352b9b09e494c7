const languages = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });

/**
 * A language tag as BCP 47 spells it, or `undefined` when it is malformed or its language is unknown.
 *
 * Only the language subtag is looked up: `Intl.DisplayNames` throws on a tag with extensions in some releases of Node and
 * names it in others. A well-formed tag may still name no language, as `xx` does.
 */
export const canonicalLocale = (locale: string): string | undefined => {
  try {
    const tag = new Intl.Locale(locale);
    return languages.of(tag.language) === undefined ? undefined : tag.toString();
  } catch {
    return undefined;
  }
};
