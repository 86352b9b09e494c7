import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { createSecureContext, type ConnectionOptions } from 'node:tls';

import { StoreUnusable } from '../errors.js';
import { InvalidPostgresUrl } from '../../values/postgres-url-parts.js';
import { parsePostgresUrl, type PostgresUrl } from '../../values/postgres-url.js';

/** A PostgreSQL database and how to connect to it. */
export interface PostgresSource extends Omit<PostgresUrl, 'user' | 'database' | 'certificates'> {
  /** The configuration variable that names the database. */
  readonly variable: 'DATABASE_URL' | 'DATABASE_DIRECT_URL';
  readonly user: string;
  readonly database: string;
  /** Undefined for a connection without TLS. */
  readonly ssl: ConnectionOptions | undefined;
}

/**
 * Reads the value of a configuration variable. All connections are opened with the result, so that it means the same to all of
 * them.
 *
 * @throws StoreUnusable when the URL is refused, or names a file that cannot be used
 */
export const readPostgresSource = (variable: PostgresSource['variable'], text: string): PostgresSource => {
  const { certificates, ...url } = parseUrl(variable, text);
  const user = url.user ?? systemUser(variable);
  const ssl = url.tls === 'disable' ? undefined : tlsOptions(variable, url.tls, certificates);
  return { ...url, variable, user, database: url.database ?? user, ssl };
};

const parseUrl = (variable: string, text: string): PostgresUrl => {
  try {
    return parsePostgresUrl(text);
  } catch (error) {
    throw error instanceof InvalidPostgresUrl ? new StoreUnusable(`${variable} ${error.message}`) : error;
  }
};

/** The user of a container often has a number and no name. */
const systemUser = (variable: string): string => {
  try {
    return userInfo().username;
  } catch (error) {
    throw new StoreUnusable(`${variable} must name a user, because the user of this process has no name.`, {
      cause: error,
    });
  }
};

const tlsOptions = (
  variable: string,
  mode: PostgresUrl['tls'],
  { sslrootcert, sslcert, sslkey }: PostgresUrl['certificates'],
): ConnectionOptions => {
  const read = (name: string, file: string | undefined): string | undefined => {
    try {
      return file === undefined ? undefined : readFileSync(file, 'utf8');
    } catch (error) {
      throw new StoreUnusable(`${variable} names a file in \`${name}\` that cannot be read.`, { cause: error });
    }
  };
  const ca = read('sslrootcert', sslrootcert);
  const cert = read('sslcert', sslcert);
  const key = read('sslkey', sslkey);
  try {
    // A text without a certificate would be taken for an empty list of authorities.
    if (ca !== undefined) new X509Certificate(ca);
    const secureContext = createSecureContext({ ca, cert, key });
    return {
      secureContext,
      rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
      ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
    };
  } catch (error) {
    throw new StoreUnusable(
      `${variable} names files in \`sslrootcert\`, \`sslcert\` or \`sslkey\` that are not a certificate and its key in PEM format.`,
      { cause: error },
    );
  }
};
