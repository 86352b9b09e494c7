import { types } from 'node:util';

import { OperatorError } from '../errors.js';

/** The database is unreachable, too slow or full. The same call may succeed later. `cause` is for the log. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** A unique constraint was violated. `constraint` is the name of its index. */
export class StoreConflict extends Error {
  override readonly name = 'StoreConflict';

  constructor(
    readonly constraint: string,
    cause: unknown,
  ) {
    super(`The unique constraint ${constraint} is violated.`, { cause });
  }
}

/** A row that the application has written refers to one that does not exist. */
export class ForeignKeyViolation extends Error {
  override readonly name = 'ForeignKeyViolation';
}

/** The store cannot be opened until an operator acts. The message states the problem and what to do. */
export class StoreUnusable extends OperatorError {
  override readonly name = 'StoreUnusable';
}

/** The error details of the driver adapters. Only they contain the SQLSTATE of a raw query. */
interface DriverFault {
  readonly kind?: string;
  readonly originalCode?: string;
  readonly originalMessage?: string;
  readonly constraint?: { readonly index?: string; readonly fields?: readonly string[] };
  detail?: string;
}

const unavailableKinds = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TlsConnectionError',
  'AuthenticationFailed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
]);

/** Prisma's codes: unreachable, timeouts, connection closed, pool exhausted, transaction not started or expired. */
const unavailableCodes = new Set(['P1000', 'P1001', 'P1002', 'P1008', 'P1010', 'P1017', 'P2024', 'P2028', 'P2037']);

/**
 * SQLSTATEs that are caused by the database and not by the statement: connection failure (08), read-only replica or ended
 * session (25006, 25P03, 25P04), no access (28, 0P, 42501), no such database (3D), rollback that can be retried (40),
 * insufficient resources (53), database that accepts no connections, is being dropped or is locked (55000, 55006, 55P02,
 * 55P03), cancellation and shutdown (57), input and output (58), old snapshots (72), configuration (F0), corruption (XX).
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const unavailableStates =
  /^((08|0P|28|3D|40|53|57|58|72|F0|XX)[0-9A-Z]{3}|25006|25P03|25P04|42501|55000|55006|55P02|55P03)$/;

/** Node's socket errors, which Prisma does not wrap when they occur between two queries. */
const unavailableSocket = /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND)$/;

/** Errors of pg, its pool and PGlite that have no code. */
const unavailableMessage =
  /Connection terminated|Connection ended|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|PGlite is clos/;

/** Translates an error of Prisma or a driver into an error of the store. Returns any other error unchanged. */
export const translateStoreError = (error: unknown): unknown => {
  if (!types.isNativeError(error) || isTranslated(error)) return error;
  const fault = faultOf(error);
  // PostgreSQL's DETAIL quotes rows ("Failing row contains (..., $argon2id$...)") and must not be logged.
  if (fault) delete fault.detail;
  if (fault?.kind === 'UniqueConstraintViolation') return new StoreConflict(constraintOf(fault), error);
  if (isUnavailable(error, fault)) {
    return new StoreUnavailable(`The database is not available: ${lastLineOf(error)}`, { cause: error });
  }
  return error;
};

/**
 * 40001 (serialization failure) and 40P01 (deadlock) require that the transaction is run again. With 23503 (foreign key), the
 * referenced row was deleted concurrently, for example that of a user who was erased. The transaction sees the deletion when
 * it is run again.
 */
const conflicts = { states: new Set(['40001', '40P01', '23503']), codes: new Set(['P2034', 'P2003']) };

/** Whether a transaction that failed with this error, or with one that it wraps, can be run again. */
export const isWriteConflict = (error: unknown): boolean => {
  if (!types.isNativeError(error)) return false;
  const state = faultOf(error)?.originalCode;
  const isConflict = conflicts.states.has(state ?? '') || conflicts.codes.has(storeErrorCode(error));
  return isConflict || isWriteConflict(error.cause);
};

/** Whether an error of `context.db` or of a transaction means that a referenced row does not exist. */
export const isForeignKeyViolation = (error: unknown): boolean =>
  error instanceof ForeignKeyViolation ||
  storeErrorCode(error) === 'P2003' ||
  (types.isNativeError(error) && faultOf(error)?.originalCode === '23503');

/** The server ended the session (57P01, 57P02), or a pooler lost it (class 08). */
const lostStates = /^(08000|08003|08006|57P01|57P02)$/;
const lostSocket = /^(ECONNRESET|EPIPE)$/;
const lostMessage = /Connection terminated unexpectedly|Client has encountered a connection error/;

/**
 * Whether this error, or one that it wraps, means that an open connection was lost. A connection that was given up because it
 * did not respond in time is none: its request has waited long enough.
 */
export const isConnectionLost = (error: unknown): boolean => {
  if (!types.isNativeError(error)) return false;
  const fault = faultOf(error);
  return (
    fault?.kind === 'ConnectionClosed' ||
    lostStates.test(fault?.originalCode ?? storeErrorCode(error)) ||
    lostSocket.test(storeErrorCode(error)) ||
    lostMessage.test(error.message) ||
    isConnectionLost(error.cause)
  );
};

const isTranslated = (error: Error): boolean =>
  error instanceof StoreUnavailable || error instanceof StoreConflict || error instanceof StoreUnusable;

const isUnavailable = (error: Error, fault: DriverFault | undefined): boolean =>
  isWriteConflict(error) ||
  unavailableKinds.has(fault?.kind ?? '') ||
  unavailableStates.test(fault?.originalCode ?? storeErrorCode(error)) ||
  unavailableCodes.has(storeErrorCode(error)) ||
  unavailableSocket.test(storeErrorCode(error)) ||
  unavailableMessage.test(error.message);

/** Returns the code of a Node, Prisma or PostgreSQL error; empty when it has none. */
export const storeErrorCode = (error: unknown): string =>
  types.isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Prisma wraps the error of a driver adapter, except that of a COMMIT. */
const faultOf = (error: Error): DriverFault | undefined => {
  const { meta } = error as { meta?: { driverAdapterError?: { cause?: DriverFault } } };
  const adapterError = error.name === 'DriverAdapterError' ? error : meta?.driverAdapterError;
  return adapterError?.cause as DriverFault | undefined;
};

/** Only the adapter of PostgreSQL provides the name of the index. With PGlite, it is in the message, in localized quotes. */
const constraintOf = ({ constraint, originalMessage }: DriverFault): string =>
  constraint?.index ??
  /["«„»](.+?)["»“«]/.exec(originalMessage ?? '')?.[1] ??
  constraint?.fields?.join(', ') ??
  'unknown';

/** Prisma prepends "Invalid `prisma.user.findFirst()` invocation:" to the message of the driver. */
const lastLineOf = ({ message }: Error): string => message.trim().split('\n').at(-1)?.trim() ?? '';
