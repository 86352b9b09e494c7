import type { FastifyRequest } from 'fastify';

/** Makes the error that is answered with a status; its text is for a developer and leaves by no response. */
export const httpError = (statusCode: number, text: string): Error => Object.assign(new Error(text), { statusCode });

/**
 * Whether a request target is one that the router and every URL parser after it read alike: a path or a whole http:// URL, in
 * printable ASCII, whose percent-encoding is UTF-8.
 */
export const isRequestTarget = (target: string): boolean =>
  /^(?:\/|https?:\/\/[^/?#\\])[\x21-\x7e]*$/i.test(target) &&
  URL.canParse(target, 'http://localhost') &&
  isDecodable(pathIn(target));

/** Whether the query string of a request target is UTF-8: a URL parser would replace what is not by U+FFFD. */
export const isQueryUtf8 = (target: string): boolean =>
  isDecodable(target.replace(/^[^?]*/, '').replace(/%(?![0-9a-f]{2})/gi, '%25'));

/** The path of a request target as the router compares it. */
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

/** Of two of these Node would keep the first, or make one value of both; Authorization has an error code of its own. */
const unrepeatable = ['content-type', 'origin'];

/**
 * What is wrong with the head of a request: what no honest client sends, and what a parser further on would fail over or
 * read in its own way.
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

/** Every value of a header, as it came over the wire: Node keeps the first of two and says nothing. */
export const valuesOf = (rawHeaders: readonly string[], name: string): string[] =>
  rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
