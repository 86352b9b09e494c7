/** The text is not the URL of a PostgreSQL database. The message completes "NAME: ..." and contains no value. */
export class InvalidPostgresUrl extends Error {
  override readonly name = 'InvalidPostgresUrl';
}

/** The parts of a URL, decoded; undefined where the URL has none. */
export interface PostgresUrlParts {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly dbname: string | undefined;
  /** In the order of the URL. Values are decoded, except that `+` stays. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** What follows the user and the password: hosts, a database, parameters. */
const afterUser = /^([^/?#@]*)(?:\/([^/?#@]*))?(?:\?([^#]*))?$/;
/** A host name, an address or an encoded path, and a port. libpq accepts a list of them. */
const hostAndPort = /^(\[[0-9A-Fa-f:.]*\]|[\w.~%-]*)(?::(\d*))?$/;
/** The `@` of a user name such as `name@server` may be raw. */
const userAndPassword = /^([^:/?#]*)(?::([^]*))?$/;
const nameAndValue = /^([\w.]+)=([^]*)$/;

/**
 * Splits a URL into its parts. A password may contain `#`, `/`, `?` and `@` as they are, which operators paste: the URL is read
 * with every `@` as the end of the password, and all readings except one must be malformed. Guessing could send the password to
 * another host.
 *
 * @throws InvalidPostgresUrl
 */
export const splitPostgresUrl = (text: string): PostgresUrlParts => {
  const [, rest] = /^postgres(?:ql)?:\/\/([^]*)$/i.exec(text) ?? [];
  if (rest === undefined) throw new InvalidPostgresUrl('must begin with postgresql://.');
  const ends = [-1, ...[...rest.matchAll(/@/g)].map(({ index }) => index)];
  const [reading, another] = ends.flatMap((end) => readingOf(rest, end) ?? []);
  if (another)
    throw new InvalidPostgresUrl('has an `@` that can be read in two ways. Write each `@` that is data as `%40`.');
  if (!reading) {
    throw new InvalidPostgresUrl(
      'must have the form postgresql://user:password@host:port/database?parameter=value. Percent-encode all other characters.',
    );
  }
  return reading;
};

const readingOf = (rest: string, end: number): PostgresUrlParts | undefined => {
  const [, hosts, dbname, query] = afterUser.exec(rest.slice(end + 1)) ?? [];
  const [, user, password] = userAndPassword.exec(rest.slice(0, Math.max(end, 0))) ?? [];
  if (hosts === undefined || user === undefined) return undefined;
  const list = hosts.split(',').map((host) => hostAndPort.exec(host));
  const parameters = (query ?? '').split('&').filter((item) => item !== '');
  const pairs = parameters.map((item) => nameAndValue.exec(item));
  if (list.includes(null) || pairs.includes(null)) return undefined;
  return {
    user: decoded(user),
    password: decoded(password),
    host: decoded(list.map((match) => (match?.[1] ?? '').replace(/^\[(.*)\]$/, '$1')).join(',')),
    port: list.length === 1 ? decoded(list[0]?.[2]) : undefined,
    dbname: decoded(dbname),
    parameters: pairs.map((match) => [match?.[1] ?? '', decoded(match?.[2]) ?? '']),
  };
};

/**
 * Decodes a part; an empty one counts as absent.
 *
 * The protocol ends each text with a null character, so one within a text would start another setting of the session.
 */
const decoded = (part: string | undefined): string | undefined => {
  if (part === undefined || part === '') return undefined;
  if (/%(?![0-9A-Fa-f]{2})/.test(part))
    throw new InvalidPostgresUrl('has a `%` without two hexadecimal digits after it. Write `%` itself as `%25`.');
  if (/\0|%00/.test(part)) throw new InvalidPostgresUrl('contains a null character.');
  try {
    return decodeURIComponent(part);
  } catch {
    throw new InvalidPostgresUrl('has percent-encoded bytes that are not UTF-8.');
  }
};
