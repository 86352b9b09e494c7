import { LOCALE_MAX_LENGTH } from './policy.js';

const languages = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });

/**
 * Returns the canonical form of a BCP 47 language tag, or `undefined` when it is malformed, longer than
 * 35 characters, or names no language, like `xx`.
 *
 * Only the language subtag is looked up, because `Intl.DisplayNames` throws on a tag with extensions in some releases of
 * Node and accepts it in others.
 */
export const canonicalLocale = (locale: string): string | undefined => {
  if (locale.length > LOCALE_MAX_LENGTH) return undefined;
  try {
    const tag = new Intl.Locale(locale);
    const canonical = tag.toString();
    // The canonical form may be longer: `islamicc` is `islamic-civil`.
    if (canonical.length > LOCALE_MAX_LENGTH) return undefined;
    return languages.of(tag.language) === undefined ? undefined : canonical;
  } catch {
    return undefined;
  }
};

/** Lists the tags that match a requested language, the most specific first. @see RFC 4647 section 3.4 */
export const lookupTags = (requested: string): string[] => {
  const subtags = canonicalLocale(requested)?.split('-') ?? [];
  return subtags.map((_, index) => subtags.slice(0, subtags.length - index).join('-'));
};
