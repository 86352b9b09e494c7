import { createHash } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Auth } from '../../auth/auth.js';
import type { Config } from '../../config/config.js';
import type { PageName } from '../../languages/language.js';
import { languages, type LanguageTag } from '../../languages/languages.js';
import { acceptedLanguages } from '../accept-language.js';
import { renderPage } from './document.js';
import { script } from './script.js';
import { style } from './style.js';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Allows one script and one style, by their hashes, and requests to this server only. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    'default-src': ["'none'"],
    'script-src': [hashOf(script)],
    'style-src': [hashOf(style)],
    'connect-src': ["'self'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
    'base-uri': ["'none'"],
  },
};

const headers = {
  contentSecurityPolicy,
  // The address of a page contains a token, which no other site may receive.
  referrerPolicy: { policy: 'no-referrer' },
  xFrameOptions: { action: 'deny' },
} as const;

/**
 * Adds the pages that the links in emails lead to while APP_URL is not set: `/verify-email`, `/reset-password` and
 * `/confirm-email-change`. A GET changes nothing, however often it is sent and by whom: email scanners and link previews
 * follow every link, and only a person presses the button.
 */
export const addPageRoutes = (
  server: FastifyInstance,
  auth: Auth,
  { publicUrl, appUrl }: Pick<Config, 'publicUrl' | 'appUrl'>,
): void => {
  if (appUrl !== undefined) return;
  const { host } = new URL(publicUrl);
  const { passwordPolicy } = auth.settings;
  for (const name of ['verify-email', 'reset-password', 'confirm-email-change'] satisfies PageName[]) {
    const render = (language: LanguageTag) => renderPage({ name, language, host, passwordPolicy });
    const rendered = { en: render('en'), de: render('de') } satisfies Record<LanguageTag, string>;
    server.get(`/${name}`, { helmet: headers }, (request, reply) =>
      reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(rendered[languageOf(request)]),
    );
  }
};

/** Chooses the language of the email, which the link names, then the browser's most preferred one, then English. */
const languageOf = ({ query, headers }: FastifyRequest): LanguageTag => {
  const { lang } = query as { readonly lang?: unknown };
  const requested = [...(typeof lang === 'string' ? [lang] : []), ...acceptedLanguages(headers['accept-language'])];
  const builtIn = Object.keys(languages) as LanguageTag[];
  const found = requested.map((tag) => builtIn.find((language) => language === tag.split('-', 1)[0]?.toLowerCase()));
  return found.find((language) => language !== undefined) ?? 'en';
};
