import type { FastifyHelmetOptions } from '@fastify/helmet';

type ContentSecurityPolicy = FastifyHelmetOptions['contentSecurityPolicy'];

/** The policy of every response that is not a page: even if a browser took it for one, it could load and do nothing. */
export const jsonPolicy = {
  directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
} as const satisfies ContentSecurityPolicy;

/**
 * The headers that helmet gives every response, for the responses that are written before there is a request.
 *
 * @param isHttps whether PUBLIC_URL is an https:// URL
 */
export const securityHeaders = (isHttps: boolean): Readonly<Record<string, string>> => ({
  'Content-Security-Policy': Object.entries(jsonPolicy.directives)
    .map(([name, values]) => [name, ...values].join(' '))
    .join(';'),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Origin-Agent-Cluster': '?1',
  'Referrer-Policy': 'no-referrer',
  ...(isHttps ? { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' } : {}),
  'X-Content-Type-Options': 'nosniff',
  'X-DNS-Prefetch-Control': 'off',
  'X-Download-Options': 'noopen',
  'X-Frame-Options': 'SAMEORIGIN',
  'X-Permitted-Cross-Domain-Policies': 'none',
  'X-XSS-Protection': '0',
});
