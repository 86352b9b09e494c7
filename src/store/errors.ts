import { types } from 'node:util';

import { OperatorError } from '../errors.js';

/** The database is away, too slow or full. The same call may succeed later; `cause` is for the log. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** A row like this exists already. `constraint` is the name of the unique index that says so. */
export class StoreConflict extends Error {
  override readonly name = 'StoreConflict';

  constructor(
    readonly constraint: string,
    cause: unknown,
  ) {
    super(`The unique constraint ${constraint} is violated.`, { cause });
  }
}

/** The store cannot be opened until somebody acts. The message is for the operator: what is wrong, and what to do. */
export class StoreUnusable extends OperatorError {
  override readonly name = 'StoreUnusable';
}

/** What the driver adapters tell about an error; the only place where the SQLSTATE of a raw query stands. */
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

/** Prisma: unreachable, timeouts, connection closed, pool exhausted, transaction not started or expired. */
const unavailableCodes = new Set(['P1000', 'P1001', 'P1002', 'P1008', 'P1010', 'P1017', 'P2024', 'P2028', 'P2037']);

/**
 * SQLSTATEs that are caused by the database and not by the statement: the connection (08), a replica or a session that
 * was ended (25006, 25P03, 25P04), no access (28, 0P, 42501), no database (3D), a rollback that can be tried again (40),
 * resources (53), a database that takes no connections, is being dropped or holds a lock (55000, 55006, 55P02, 55P03),
 * cancelled and shut down (57), input and output (58), old snapshots (72), its configuration (F0), and corruption (XX).
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const unavailableStates =
  /^((08|0P|28|3D|40|53|57|58|72|F0|XX)[0-9A-Z]{3}|25006|25P03|25P04|42501|55000|55006|55P02|55P03)$/;

/** Node's socket errors, which reach us bare when they come between two queries. */
const unavailableSocket = /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOTFOUND)$/;

/** pg, its pool and PGlite give these errors no code. */
const unavailableMessage =
  /Connection terminated|Connection ended|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|PGlite is clos/;

/** Says what an error of Prisma or of a driver means to the floors above. Whatever it does not know it hands back. */
export const translateStoreError = (error: unknown): unknown => {
  if (!types.isNativeError(error) || isTranslated(error)) return error;
  const fault = faultOf(error);
  // PostgreSQL's DETAIL quotes rows: "Failing row contains (..., $argon2id$...)". It must reach no log.
  if (fault) delete fault.detail;
  if (fault?.kind === 'UniqueConstraintViolation') return new StoreConflict(constraintOf(fault), error);
  if (isUnavailable(error, fault)) {
    return new StoreUnavailable(`The database is not available: ${lastLineOf(error)}`, { cause: error });
  }
  return error;
};

/**
 * 40001 and 40P01 ask for the transaction to be run again. 23503 says that a row was gone by the time another referred to it,
 * as a user's who is erased meanwhile: run again, the transaction sees that it is gone.
 */
const conflicts = { states: new Set(['40001', '40P01', '23503']), codes: new Set(['P2034', 'P2003']) };

/** Whether a transaction that failed so is to be run again. Looks through translated errors too. */
export const isWriteConflict = (error: unknown): boolean => {
  if (!types.isNativeError(error)) return false;
  const state = faultOf(error)?.originalCode;
  const collides = conflicts.states.has(state ?? '') || conflicts.codes.has(storeErrorCode(error));
  return collides || isWriteConflict(error.cause);
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

/** The code of a Node, Prisma or PostgreSQL error; empty when it has none. */
export const storeErrorCode = (error: unknown): string =>
  types.isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : '';

const faultOf = (error: Error): DriverFault | undefined => {
  const { meta } = error as { meta?: { driverAdapterError?: { cause?: DriverFault } } };
  return meta?.driverAdapterError?.cause;
};

/** Only PostgreSQL's adapter names the index; in the message it stands in quotes for both. */
const constraintOf = ({ constraint, originalMessage }: DriverFault): string =>
  constraint?.index ??
  /["«„»](.+?)["»“«]/.exec(originalMessage ?? '')?.[1] ??
  constraint?.fields?.join(', ') ??
  'unknown';

/** Prisma puts "Invalid `prisma.user.findFirst()` invocation:" above what happened. */
const lastLineOf = ({ message }: Error): string => message.trim().split('\n').at(-1)?.trim() ?? '';
