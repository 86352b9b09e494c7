import { GatehouseError } from '../../errors.js';

/**
 * Reads the bearer credential of an Authorization header. Returns `undefined` without one: no header, an empty header
 * or another scheme. `Bearer` alone, or with text that is not a token, is an unusable credential and not a malformed
 * request, because clients send `Bearer null` before the user has logged in.
 *
 * Two credentials are rejected, because a proxy in front of the server may have checked the other one.
 *
 * Only space and tab count as whitespace, as in HTTP, and both ends are already trimmed. JavaScript's `\s` would match
 * two dozen more characters.
 *
 * @throws GatehouseError BAD_AUTHORIZATION_HEADER when there are two headers, or two credentials in one
 * @see RFC 6750 section 2.1, RFC 9110 section 11.6.2
 */
export const readBearerToken = (headers: readonly string[]): string | undefined => {
  if (headers.length > 1) throw new GatehouseError('BAD_AUTHORIZATION_HEADER');
  const header = headers[0] ?? '';
  const [scheme = ''] = header.split(/[ \t]/, 1);
  const credential = header.slice(scheme.length).replace(/^[ \t]+/, '');
  if (scheme.toLowerCase() !== 'bearer') {
    if (/,[ \t]*bearer(?:[ \t]|$)/i.test(header)) throw new GatehouseError('BAD_AUTHORIZATION_HEADER');
    return undefined;
  }
  if (/[ \t,]/.test(credential)) throw new GatehouseError('BAD_AUTHORIZATION_HEADER');
  return credential;
};
