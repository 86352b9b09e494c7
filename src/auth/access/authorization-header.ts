import { GatehouseError } from '../../errors.js';

/**
 * Reads the credential out of an Authorization header; `undefined` when there is none for us: no header, an empty one,
 * or another scheme. `Bearer` alone, or with a text that is no token, is a credential that cannot be used, not a
 * malformed request: clients send `Bearer null` before anybody has logged in.
 *
 * Two credentials are refused, because a proxy in front of us may have looked at the other one.
 *
 * White space is HTTP's, space and tab, and is gone from both ends; JavaScript's has two dozen more characters.
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
