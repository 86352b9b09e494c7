import type { Failure } from '../../errors.js';
import { isDisplayName } from '../../values/display-name.js';
import { canonicalLocale } from '../../values/language-tag.js';

/** A change of a user's own profile. An absent field stays unchanged; null, or an empty text, clears it. */
export interface ProfileChange {
  readonly name?: string | null | undefined;
  readonly locale?: string | null | undefined;
}

/** The fields of a change that are present, with the language tag in its canonical form. */
export interface ParsedProfileChange {
  readonly name?: string | null;
  readonly locale?: string | null;
}

/**
 * Parses the fields of a profile, and returns a failure that lists every field that is not valid. White space around a name is
 * trimmed, because a search for the beginning of the name would not find it.
 */
export const parseProfileChange = ({ name, locale }: ProfileChange): ParsedProfileChange | Failure<'INVALID_INPUT'> => {
  const language = isBlank(locale) ? null : locale && canonicalLocale(locale);
  const fields = [
    ...(isBlank(name) || name === undefined || isDisplayName(name) ? [] : ['name']),
    ...(locale === undefined || language !== undefined ? [] : ['locale']),
  ];
  if (fields.length > 0) return { failure: 'INVALID_INPUT', fields };
  return {
    ...(name === undefined ? {} : { name: isBlank(name) ? null : name.trim() }),
    ...(language === undefined ? {} : { locale: language }),
  };
};

const isBlank = (text: string | null | undefined): text is '' | null => text === '' || text === null;
