import { types } from 'node:util';

import { storeErrorCode, StoreUnavailable, translateStoreError } from '../errors.js';
import type { PostgresSource } from './postgres-source.js';

/** Completes the sentence that begins with the name of the variable. The error's own message would quote values of the URL. */
const sentences: Readonly<Record<string, string>> = {
  ENOTFOUND: 'names a host that does not exist. Correct it, or check the name resolution of this machine.',
  EAI_AGAIN: 'names a host that cannot be resolved, because the name resolution of this machine does not respond.',
  ECONNREFUSED:
    'names a host and a port on which no database accepts connections. Correct them, or start the database.',
  ENOENT: 'names a Unix socket that does not exist. Correct the folder or the port, or start the database.',
  EACCES: 'names a Unix socket that this user may not use.',
  ECONNRESET: 'names a host and a port that close the connection. Check that a PostgreSQL server or pooler is there.',
  EHOSTUNREACH: 'names a host that cannot be reached from this machine.',
  ENETUNREACH: 'names a host that cannot be reached from this machine.',
  '08P01': 'leads to a pooler that refuses the settings of the connection.',
  '28000':
    'leads to a database that refuses this user: the role may not log in, or not from this address or without TLS.',
  '28P01': 'contains a user or a password that the database refuses.',
  '3D000': 'names a database that does not exist. Create it, or correct the name.',
  '42501': 'names a database to which this user may not connect. Grant it CONNECT.',
  '53300':
    'leads to a database that has too many connections. Reduce DATABASE_POOL_SIZE, or raise the limit of the database.',
  '55000': 'names a database that accepts no connections at present.',
  '57P03': 'leads to a database that is starting, stopping or recovering. Try again when it accepts connections.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'leads to a server whose certificate is for another host, so that `sslmode=verify-full` refuses it.',
  CERT_HAS_EXPIRED: 'leads to a server whose certificate has expired.',
};

/** Why the database refuses `options`, by the code of its message, which quotes the value. */
const sentencesOfOptions: Readonly<Record<string, string>> = {
  '22023': 'has a value in `options` that the database does not accept.',
  '42601': 'has something in `options` that the database does not take for a setting.',
  '42704': 'names a setting or a role in `options` that the database does not have.',
  '55P02': 'has a setting in `options` that cannot be made for a connection.',
};

/** pg's messages without a code. */
const messages: readonly (readonly [pattern: RegExp, sentence: string])[] = [
  [/timeout|no response within/i, 'names a host and a port that do not respond in time.'],
  [/does not support SSL/, 'has an `sslmode` that requires TLS, which the server does not offer.'],
  [
    /establishing an SSL|wrong version number|SSL alert|ssl3_/i,
    'leads to a server with which no TLS connection can be established.',
  ],
  [/SASL|password/i, 'contains no password that the database accepts.'],
  [
    /Connection terminated|Connection ended|disconnected/i,
    'names a host and a port that close the connection. Check that a PostgreSQL server or pooler is there.',
  ],
];

const untrusted = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|^CERT_/;

/**
 * Converts the failure of a first connection into a sentence for the operator, without a value of the URL. Returns an error that
 * has another reason translated.
 */
export const connectionFailure = ({ variable, options }: PostgresSource, error: unknown): unknown => {
  if (!types.isNativeError(error)) return error;
  const code = storeErrorCode(error);
  const sentence = isUnsupportedStartup(error, options)
    ? 'leads to a pooler that does not accept `schema` or `options`. Remove them, and set the search path of the role: ALTER ROLE … SET search_path.'
    : (sentences[code] ??
      (options === undefined ? undefined : sentencesOfOptions[code]) ??
      (untrusted.test(code)
        ? 'leads to a server whose certificate is not trusted. Set `sslrootcert` to the certificate of its authority.'
        : messages.find(([pattern]) => pattern.test(error.message))?.[1]));
  return sentence === undefined
    ? translateStoreError(error)
    : new StoreUnavailable(`${variable} ${sentence}`, { cause: error });
};

const isUnsupportedStartup = ({ message }: Error, options: string | undefined): boolean =>
  options !== undefined && message.includes('unsupported startup parameter');
