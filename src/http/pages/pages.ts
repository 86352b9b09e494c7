import type { FastifyInstance } from 'fastify';

import type { Auth } from '../../auth/auth.js';
import type { PageName } from '../../languages/language.js';
import type { PageTranslations } from '../../languages/page-translations.js';
import { renderLinkPage } from './link-page.js';
import { pageHeaders } from './page-headers.js';
import { script } from './script.js';
import { renderTranslations } from './translated-page.js';

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
      renderLinkPage({ ...options, name, translation }),
    );
    server.get(`/${name}`, { helmet: pageHeaders({ script, style }) }, (request, reply) =>
      reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(select(request)),
    );
  }
};
