import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Auth } from '../../auth/auth.js';
import type { PageName, PageTexts } from '../../languages/language.js';
import type { PageTranslation, PageTranslations } from '../../languages/page-translations.js';
import { acceptedLanguages } from '../accept-language.js';
import { renderPage } from './document.js';
import { pageHeaders } from './page-headers.js';
import { script } from './script.js';

export interface PageRoutesOptions {
  readonly translations: PageTranslations;
  readonly passwordPolicy: Auth['settings']['passwordPolicy'];
  /** APP_NAME, or the host name of PUBLIC_URL. */
  readonly service: string;
  readonly style: string;
}

/**
 * Adds the pages that the links in emails lead to while APP_URL is not set: `/verify-email`, `/reset-password` and
 * `/confirm-email-change`. A GET changes nothing, however often it is sent and by whom: email scanners and link previews
 * follow every link, and only a person presses the button.
 */
export const addPageRoutes = (server: FastifyInstance, options: PageRoutesOptions): void => {
  const { translations, style } = options;
  for (const name of ['verify-email', 'reset-password', 'confirm-email-change'] satisfies PageName[]) {
    const select = renderTranslations(translations, name, (translation) =>
      renderPage({ ...options, name, translation }),
    );
    server.get(`/${name}`, { helmet: pageHeaders({ script, style }) }, (request, reply) =>
      reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(select(request)),
    );
  }
};

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
