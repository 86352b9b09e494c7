import { isIP } from 'node:net';

import { isLoopback } from './loopback.js';
import { readPostgresOptions } from './postgres-options.js';
import { readPostgresParameters, type PostgresParameters } from './postgres-parameters.js';
import { InvalidPostgresUrl, splitPostgresUrl } from './postgres-url-parts.js';

/** `prefer` encrypts if the server offers it and verifies nothing; `require` encrypts and verifies nothing. */
export type PostgresTlsMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/** Where a PostgreSQL database is and how to connect to it, as a URL states it. */
export interface PostgresUrl {
  /** A host name, an IP address, or the folder of a Unix socket, which begins with `/`. */
  readonly host: string;
  readonly port: number;
  /** Undefined for the user of the operating system. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Undefined for the database that is named like the user. */
  readonly database: string | undefined;
  readonly tls: PostgresTlsMode;
  /** The paths of files in PEM format. */
  readonly certificates: Pick<PostgresParameters, 'sslrootcert' | 'sslcert' | 'sslkey'>;
  /** Whether TLS starts without asking the server whether it offers it. */
  readonly isTlsDirect: boolean;
  readonly applicationName: string;
  /** The settings of every session, in the notation of PostgreSQL's command line. */
  readonly options: string | undefined;
  /** The search path that the URL sets, in the notation of PostgreSQL. */
  readonly searchPath: string | undefined;
  /** The only schema of the search path, if the URL names it with `schema`. */
  readonly schema: string | undefined;
}

const tlsModes: readonly PostgresTlsMode[] = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'];
const DEFAULT_PORT = 5432;
/** PostgreSQL truncates longer names, so that they would mean another object. */
const MAX_NAME_BYTES = 63;

/**
 * Reads the URL of a PostgreSQL database. The parameters mean what they mean to libpq; those that are not supported are
 * refused by name, because a parameter that is ignored leaves a connection less safe than it was asked to be.
 *
 * @throws InvalidPostgresUrl
 * @see https://www.postgresql.org/docs/current/libpq-connect.html
 */
export const parsePostgresUrl = (text: string): PostgresUrl => {
  const parts = splitPostgresUrl(text);
  const parameters = readPostgresParameters(parts);
  const host = hostOf(parameters.host ?? 'localhost');
  const tls = tlsOf(parameters, host);
  const { sslrootcert, sslcert, sslkey } = parameters;
  return {
    host,
    port: portOf(parameters.port),
    user: parameters.user,
    password: parameters.password,
    database: parameters.dbname,
    tls,
    certificates: { sslrootcert: sslrootcert === 'system' ? undefined : sslrootcert, sslcert, sslkey },
    isTlsDirect: isTlsDirect(parameters, tls),
    applicationName: parameters.application_name ?? 'gatehouse',
    ...sessionOf(parameters),
  };
};

/** Whether others on the way to the database can read and change what is sent. */
export const isExposed = ({ host, tls }: PostgresUrl): boolean =>
  (tls === 'disable' || tls === 'prefer') && !isLocal(host);

const isSocket = (host: string): boolean => host.startsWith('/');
const isLocal = (host: string): boolean => isSocket(host) || isLoopback(host);

const hostOf = (host: string): string => {
  if (host.includes(',')) {
    throw new InvalidPostgresUrl(
      'names several hosts. Name one: the host that accepts writes, or a proxy that forwards to it.',
    );
  }
  if (!isSocket(host) && isIP(host) === 0 && !/^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(host))
    throw new InvalidPostgresUrl('must have a host name, an IP address or the folder of a Unix socket as its host.');
  return host;
};

const portOf = (text: string | undefined): number => {
  if (text === undefined) return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidPostgresUrl('must have a whole number from 1 to 65535 as its port.');
  return port;
};

/**
 * Like libpq, a URL without `sslmode` uses TLS if the server offers it. On this machine TLS would protect nothing.
 *
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html
 */
const tlsOf = ({ sslmode, sslrootcert, sslcert, sslkey }: PostgresParameters, host: string): PostgresTlsMode => {
  const mode = sslmode === undefined ? (isLocal(host) ? 'disable' : 'prefer') : tlsModes.find((one) => one === sslmode);
  if (mode === undefined)
    throw new InvalidPostgresUrl(`must have one of these as \`sslmode\`: ${tlsModes.join(', ')}.`);
  const isRequired = mode !== 'disable' && mode !== 'prefer';
  if (isRequired && isSocket(host))
    throw new InvalidPostgresUrl('has an `sslmode` that requires TLS, which a Unix socket does not have. Remove it.');
  if (sslrootcert !== undefined && !isRequired)
    throw new InvalidPostgresUrl('has `sslrootcert`, which requires `sslmode=verify-full` or `sslmode=verify-ca`.');
  if (sslrootcert === 'system' && mode !== 'verify-full')
    throw new InvalidPostgresUrl('has `sslrootcert=system`, which requires `sslmode=verify-full`.');
  if (mode === 'verify-ca' && sslrootcert === undefined) {
    throw new InvalidPostgresUrl(
      'has `sslmode=verify-ca` without `sslrootcert`, so that any certificate of a public authority would pass. Write `sslmode=verify-full`.',
    );
  }
  if ((sslcert === undefined) !== (sslkey === undefined))
    throw new InvalidPostgresUrl('must have both `sslcert` and `sslkey`, or neither.');
  if (sslcert !== undefined && !isRequired)
    throw new InvalidPostgresUrl('has `sslcert`, which requires an `sslmode` that requires TLS.');
  // With a certificate to verify, libpq treats `require` as `verify-ca`.
  return mode === 'require' && sslrootcert !== undefined ? 'verify-ca' : mode;
};

const isTlsDirect = ({ sslnegotiation = 'postgres' }: PostgresParameters, tls: PostgresTlsMode): boolean => {
  if (sslnegotiation !== 'postgres' && sslnegotiation !== 'direct')
    throw new InvalidPostgresUrl('must have `postgres` or `direct` as `sslnegotiation`.');
  if (sslnegotiation === 'direct' && (tls === 'disable' || tls === 'prefer'))
    throw new InvalidPostgresUrl('has `sslnegotiation=direct`, which requires an `sslmode` that requires TLS.');
  return sslnegotiation === 'direct';
};

const sessionOf = ({ options, schema }: PostgresParameters): Pick<PostgresUrl, 'options' | 'searchPath' | 'schema'> => {
  const settings = options === undefined ? [] : readPostgresOptions(options);
  const searchPath = settings.findLast(({ name }) => name === 'search_path')?.value;
  if (schema === undefined) return { options, searchPath, schema };
  if (searchPath !== undefined)
    throw new InvalidPostgresUrl('has both `schema` and a `search_path` in `options`. Remove one of them.');
  // `$user` stands for the name of the user, also in quotes.
  const isReserved = schema.startsWith('pg_') || schema === 'information_schema' || schema === '$user';
  if (Buffer.byteLength(schema) > MAX_NAME_BYTES || isReserved) {
    throw new InvalidPostgresUrl(
      `must have as \`schema\` a name of 1 to ${MAX_NAME_BYTES} bytes that is not one of PostgreSQL's own.`,
    );
  }
  const quoted = `"${schema.replaceAll('"', '""')}"`;
  const setting = `-c search_path=${quoted.replace(/[\\\s]/g, '\\$&')}`;
  return { options: options === undefined ? setting : `${options} ${setting}`, searchPath: quoted, schema };
};
