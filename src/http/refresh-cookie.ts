import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Config } from '../config/config.js';
import { GatehouseError } from '../errors.js';
import type { RefreshCookie } from '../graphql/refresh-transport.js';

/**
 * `__Host-` has the browser refuse the cookie unless it is Secure, for `/` and for this host alone, so that no
 * neighbouring subdomain can plant one. No script reads it, and no request that another site causes carries it.
 *
 * @see RFC 6265bis section 4.1.3.2
 */
const NAME = '__Host-gatehouse-refresh';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

/**
 * Creates the function that reads the cookie of a request and sets the cookie of its response.
 *
 * @throws GatehouseError BAD_REQUEST for a header X-Refresh-Transport that is neither `cookie` nor `body`
 */
export const createRefreshCookies = ({ corsOrigins, publicUrl }: Pick<Config, 'corsOrigins' | 'publicUrl'>) => {
  const origins = new Set([...corsOrigins, new URL(publicUrl).origin]);
  return ({ headers }: FastifyRequest, reply: FastifyReply): RefreshCookie => {
    const set = (value: string, maxAgeSeconds: number) => {
      // Fastify would add a second one; a mutation with two fields means the last.
      reply.removeHeader('set-cookie');
      reply.header('set-cookie', `${NAME}=${value}; Max-Age=${maxAgeSeconds}; ${ATTRIBUTES}`);
    };
    return {
      isWanted: isCookieWanted(headers['x-refresh-transport']),
      token: valueOf(headers.cookie ?? ''),
      isOriginAllowed: headers.origin !== undefined && origins.has(headers.origin),
      isOriginForeign: headers.origin !== undefined && !origins.has(headers.origin),
      set,
      clear: () => set('', 0),
    };
  };
};

/** Any other value is refused: a client that misspells `cookie` must not receive a token that its scripts can read. */
const isCookieWanted = (transport: string | readonly string[] | undefined): boolean => {
  const wanted = [transport ?? 'body'].flat().join().toLowerCase();
  if (wanted !== 'cookie' && wanted !== 'body') throw new GatehouseError('BAD_REQUEST');
  return wanted === 'cookie';
};

/**
 * The value of the one cookie of that name. White space is what RFC 6265 says and no more: a name behind a no-break space is
 * another name, which a neighbouring subdomain may set. Two of one name is what no browser sends.
 */
const valueOf = (cookies: string): string | null => {
  const values: string[] = [];
  for (const pair of cookies.split(';')) {
    const [name, value = ''] = withoutBlanks(pair).split('=', 2);
    if (name === NAME && value !== '') values.push(value);
  }
  return values.length === 1 ? (values[0] ?? null) : null;
};

/** Without the blanks at both ends. A regular expression would look for the end of each run of blanks again from every blank in it. */
const withoutBlanks = (text: string): string => {
  let [start, end] = [0, text.length];
  while (isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
};

const isBlank = (character: string | undefined) => character === ' ' || character === '\t';
