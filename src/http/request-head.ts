import type { FastifyRequest } from 'fastify';

/** The refusal of a request by its head or its bytes. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  /** @param explanation for the developer of the client: names the header or the rule, and repeats nothing of the request */
  constructor(
    readonly statusCode: number,
    readonly explanation: string,
  ) {
    super(explanation);
  }
}

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
export const headRefusalOf = ({ headers, originalUrl, raw }: FastifyRequest): HttpError | undefined => {
  if (!isRequestTarget(originalUrl)) return new HttpError(400, 'The request target is not a valid path.');
  const hosts = valuesOf(raw.rawHeaders, 'host');
  const isWithoutHost = hosts.length === 0 && raw.httpVersion === '1.0';
  if (!isWithoutHost && (hosts.length !== 1 || !isHost(hosts[0] ?? '')))
    return new HttpError(400, 'The request must have one header Host that is a host name or an address.');
  if (unrepeatable.some((name) => valuesOf(raw.rawHeaders, name).length > 1))
    return new HttpError(400, 'The headers Content-Type and Origin may be sent once only.');
  if (!/^100-continue$/i.test(headers.expect ?? '100-continue'))
    return new HttpError(417, 'The header Expect can only be "100-continue".');
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity')
    return new HttpError(415, 'The header Content-Encoding is not supported. Send the body uncompressed.');
  return undefined;
};

/** Returns every value of a header as received. Of two, Node silently keeps the first. */
export const valuesOf = (rawHeaders: readonly string[], name: string): string[] =>
  rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
