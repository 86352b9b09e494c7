import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Config } from '../config/config.js';
import { GatehouseError } from '../errors.js';
import type { RefreshCookie } from '../graphql/refresh-transport.js';
import { DEVICE_TOKEN_TTL_SECONDS } from '../values/policy.js';

/**
 * Because of the prefix `__Host-`, browsers accept a cookie only if it is Secure, has the path `/` and belongs to this host
 * alone, so that no other subdomain can set it. No script can read it, and no request from another site carries it.
 *
 * @see RFC 6265bis section 4.1.3.2
 */
const REFRESH = '__Host-gatehouse-refresh';
const DEVICE = '__Host-gatehouse-device';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

/**
 * Creates the function that reads the cookies of a request and sets those of its response.
 *
 * @throws GatehouseError BAD_REQUEST for a header X-Refresh-Transport that is neither `cookie` nor `body`
 */
export const createRefreshCookies = ({ corsOrigins, publicUrl }: Pick<Config, 'corsOrigins' | 'publicUrl'>) => {
  const origins = new Set([...corsOrigins, new URL(publicUrl).origin]);
  return ({ headers }: FastifyRequest, reply: FastifyReply): RefreshCookie => {
    const cookies = new Map<string, string>();
    const setCookie = (name: string, value: string, maxAgeSeconds: number) => {
      cookies.set(name, `${name}=${value}; Max-Age=${maxAgeSeconds}; ${ATTRIBUTES}`);
      // Fastify would add to the headers; the last value that an operation sets for a cookie is the valid one.
      reply.removeHeader('set-cookie');
      reply.header('set-cookie', [...cookies.values()]);
    };
    const sent = headers.cookie ?? '';
    return {
      isWanted: isCookieWanted(headers['x-refresh-transport']),
      token: valueOf(sent, REFRESH),
      deviceToken: valueOf(sent, DEVICE),
      isOriginAllowed: headers.origin !== undefined && origins.has(headers.origin),
      isOriginForeign: headers.origin !== undefined && !origins.has(headers.origin),
      set: (token, maxAgeSeconds) => setCookie(REFRESH, token, maxAgeSeconds),
      setDeviceToken: (token) => setCookie(DEVICE, token, DEVICE_TOKEN_TTL_SECONDS),
      clear: () => setCookie(REFRESH, '', 0),
    };
  };
};

/** Any other value is refused: a client that misspells `cookie` must not receive a token that its scripts can read. */
const isCookieWanted = (transport: string | readonly string[] | undefined): boolean => {
  const wanted = [transport ?? 'body'].flat().join().toLowerCase();
  if (wanted !== 'cookie' && wanted !== 'body')
    throw new GatehouseError('BAD_REQUEST', {
      explanation: 'The header X-Refresh-Transport can only be "cookie" or "body".',
    });
  return wanted === 'cookie';
};

/**
 * Returns the value of a cookie, or null when the header contains it twice, which no browser sends. Only the white space of
 * RFC 6265 is removed: a name after a no-break space is a different name, which another subdomain may set.
 */
const valueOf = (cookies: string, wanted: string): string | null => {
  const values: string[] = [];
  for (const pair of cookies.split(';')) {
    const [name, value = ''] = withoutBlanks(pair).split('=', 2);
    if (name === wanted && value !== '') values.push(value);
  }
  return values.length === 1 ? (values[0] ?? null) : null;
};

/** Removes blanks at both ends. A regular expression would take quadratic time for a long run of blanks. */
const withoutBlanks = (text: string): string => {
  let [start, end] = [0, text.length];
  while (isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
};

const isBlank = (character: string | undefined) => character === ' ' || character === '\t';
