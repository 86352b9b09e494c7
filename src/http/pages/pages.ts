import { createHash } from 'node:crypto';

import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Auth } from '../../auth/auth.js';
import type { Config } from '../../config/config.js';
import { acceptedLanguages } from '../accept-language.js';
import { writePage } from './document.js';
import { script } from './script.js';
import { style } from './style.js';
import { pageTranslations, type Language, type PageName } from '../../languages/pages.js';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The one script and the one style run by their hashes, and speak with this server alone. */
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
  // The address of a page has a token in it, which is nobody's to whom a link leads.
  referrerPolicy: { policy: 'no-referrer' },
  xFrameOptions: { action: 'deny' },
} as const;

/**
 * The pages to which the links of mails lead while there is no front end, at `/verify-email`, `/reset-password` and
 * `/confirm-email-change`. To get one changes nothing, however often and by whomever it is got: scanners of mail and previews
 * follow each link, and only a person presses its button.
 */
export const pages = (server: FastifyInstance, auth: Auth, { publicUrl, appUrl }: Config): void => {
  if (appUrl !== undefined) return;
  const { host } = new URL(publicUrl);
  const { passwordPolicy } = auth.settings;
  for (const name of ['verify-email', 'reset-password', 'confirm-email-change'] satisfies PageName[]) {
    const write = (language: Language) => writePage({ name, language, host, passwordPolicy });
    const written = { en: write('en'), de: write('de') } satisfies Record<Language, string>;
    server.get(`/${name}`, { helmet: headers }, (request, reply) =>
      reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(written[languageOf(request)]),
    );
  }
};

/** The language of the mail, which its link names; else the best that the browser asks for; else English. */
const languageOf = ({ query, headers }: FastifyRequest): Language => {
  const { lang } = query as { readonly lang?: unknown };
  const wanted = [...(typeof lang === 'string' ? [lang] : []), ...acceptedLanguages(headers['accept-language'])];
  const builtIn = Object.keys(pageTranslations) as Language[];
  const found = wanted.map((tag) => builtIn.find((language) => language === tag.split('-', 1)[0]?.toLowerCase()));
  return found.find((language) => language !== undefined) ?? 'en';
};
