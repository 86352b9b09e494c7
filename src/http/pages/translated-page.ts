import type { FastifyRequest } from 'fastify';

import type { PageTexts } from '../../languages/language.js';
import type { PageTranslation, PageTranslations } from '../../languages/page-translations.js';
import { acceptedLanguages } from '../accept-language.js';

/**
 * Renders a page once in each language. The returned function chooses one of them for a request: the language of the email,
 * which the link names, then those of the browser, then English.
 */
export const renderTranslations = <N extends keyof PageTexts>(
  { locales, choose }: PageTranslations,
  name: N,
  render: (translation: PageTranslation<N>) => string,
): ((request: FastifyRequest) => string) => {
  const rendered = new Map<string, string>();
  for (const locale of locales) {
    const translation = choose([locale], name);
    if (!rendered.has(translation.locale)) rendered.set(translation.locale, render(translation));
  }
  return ({ query, headers }) => {
    const { lang } = query as { readonly lang?: unknown };
    const requested = [...(typeof lang === 'string' ? [lang] : []), ...acceptedLanguages(headers['accept-language'])];
    return rendered.get(choose(requested, name).locale) ?? '';
  };
};
