import type { FastifyRequest } from 'fastify';

/** Creates an error with an HTTP status. Its text is for developers and is never sent. */
export const httpError = (statusCode: number, text: string): Error => Object.assign(new Error(text), { statusCode });

/**
 * Tells whether the router and all URL parsers after it interpret a request target in the same way: a path or an absolute
 * http:// URL, in printable ASCII, whose percent-encoding is UTF-8.
 */
export const isRequestTarget = (target: string): boolean =>
  /^(?:\/|https?:\/\/[^/?#\\])[\x21-\x7e]*$/i.test(target) &&
  URL.canParse(target, 'http://localhost') &&
  isDecodable(pathIn(target));

/** Tells whether the query string of a request target is UTF-8. A URL parser would replace other bytes by U+FFFD. */
export const isQueryUtf8 = (target: string): boolean =>
  isDecodable(target.replace(/^[^?]*/, '').replace(/%(?![0-9a-f]{2})/gi, '%25'));

/** Returns the path of a request target in the form that the router compares. */
export const pathOf = (target: string): string => decodeURIComponent(pathIn(target));

const pathIn = (target: string): string => target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/, '');

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

/** A registered name, IPv4 address or IPv6 address, and a port. @see RFC 9110 section 7.2 */
const hostForm = /^(?:\[[\da-f:.]+\]|[\w.~-]+)(?::\d{0,5})?$/i;

const isHost = (host: string): boolean => hostForm.test(host) && URL.canParse(`http://${host}`);

/** Of two values, Node would keep the first or join both. Authorization is checked elsewhere, with its own error code. */
const unrepeatable = ['content-type', 'origin'];

/**
 * Returns the error of a request head that no correct client sends, and that a later parser would reject or interpret
 * differently; undefined for any other.
 */
export const headRefusalOf = ({ headers, originalUrl, raw }: FastifyRequest): Error | undefined => {
  if (!isRequestTarget(originalUrl)) return httpError(400, 'request target');
  const hosts = valuesOf(raw.rawHeaders, 'host');
  const isWithoutHost = hosts.length === 0 && raw.httpVersion === '1.0';
  if (!isWithoutHost && (hosts.length !== 1 || !isHost(hosts[0] ?? ''))) return httpError(400, 'Host');
  if (unrepeatable.some((name) => valuesOf(raw.rawHeaders, name).length > 1)) return httpError(400, 'repeated header');
  if (!/^100-continue$/i.test(headers.expect ?? '100-continue')) return httpError(417, 'Expect');
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity')
    return httpError(415, 'Content-Encoding');
  return undefined;
};

/** Returns every value of a header as received. Of two, Node silently keeps the first. */
export const valuesOf = (rawHeaders: readonly string[], name: string): string[] =>
  rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
