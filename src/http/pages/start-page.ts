import type { FastifyInstance, FastifyReply } from 'fastify';

import { escapeHtml } from '../../values/html-text.js';
import { fillHtml, renderDocument } from './html.js';
import { pageHeaders } from './page-headers.js';
import type { PageRoutesOptions } from './pages.js';
import { renderTranslations } from './translated-page.js';

export interface StartPageOptions extends Pick<PageRoutesOptions, 'translations' | 'service' | 'style'> {
  readonly isDevelopment: boolean;
  readonly hasExplorer: boolean;
}

/**
 * Adds the page at `/`. In development it leads to the explorers and the documents. Elsewhere it tells a visitor what this
 * server is for, and neither the software nor its version, which would tell an attacker what to try.
 */
export const addStartPage = (server: FastifyInstance, options: StartPageOptions): void => {
  const { translations, service, style } = options;
  const send = (reply: FastifyReply, page: string) =>
    reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page);
  const routeOptions = { helmet: pageHeaders({ style }) };

  if (options.isDevelopment) {
    const page = renderDocument({ locale: 'en', title: 'Gatehouse', style, body: developmentBody(options) });
    server.get('/', routeOptions, (_request, reply) => send(reply, page));
    return;
  }
  const select = renderTranslations(translations, 'server', ({ locale, text }) =>
    renderDocument({
      locale,
      title: service,
      style,
      body: `<main dir="auto">
<h1 dir="auto">${escapeHtml(service)}</h1>
<p>${fillHtml(text.text, { service: escapeHtml(service) })}</p>
</main>`,
    }),
  );
  server.get('/', routeOptions, (request, reply) => send(reply, select(request)));
};

const developmentBody = ({ service, hasExplorer }: StartPageOptions): string => `<main>
<p class="service">${escapeHtml(service)}</p>
<h1>Gatehouse is running</h1>
<p>This server runs in development. In production, this page says only what the server is for.</p>
<dl>
${
  hasExplorer
    ? `<dt><a href="explorer">Explorer</a></dt>
<dd>GraphiQL with the documentation of the schema. It is served from here and needs no internet.</dd>
`
    : ''
}<dt><a href="graphql">Apollo Sandbox</a></dt>
<dd>Another explorer, loaded from Apollo’s website. Clients send their requests to the address of this link.</dd>
<dt>Documents</dt>
<dd>Begin with <code>docs/getting-started.md</code> in the repository; <code>docs/README.md</code> lists all of them.</dd>
</dl>
</main>`;
