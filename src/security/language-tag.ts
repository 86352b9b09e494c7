/** A language as BCP 47 spells it, or `undefined` where it knows none such. */
export const canonicalLocale = (locale: string): string | undefined => {
  try {
    const [canonical] = Intl.getCanonicalLocales(locale);
    // A tag may be well-formed and yet of no language: `xx` names none.
    return canonical && new Intl.DisplayNames('en', { type: 'language', fallback: 'none' }).of(canonical)
      ? canonical
      : undefined;
  } catch {
    return undefined;
  }
};
