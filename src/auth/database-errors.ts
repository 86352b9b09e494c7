import { GatehouseError, HookFailed, RequestError } from '../errors.js';
import { asKind } from '../store/database/work-kind.js';
import { StoreUnavailable } from '../store/errors.js';

/** Whether an error, or every error of an AggregateError, means that the database is unavailable. */
export const isDatabaseUnavailable = (error: unknown): boolean => {
  if (error instanceof AggregateError) return error.errors.every(isDatabaseUnavailable);
  // The application may throw it for a service of its own.
  if (error instanceof HookFailed || error instanceof RequestError) return false;
  return error instanceof StoreUnavailable || (error instanceof GatehouseError && error.code === 'SERVICE_UNAVAILABLE');
};

type Flow = (...args: never[]) => Promise<unknown>;

/** Returns SERVICE_UNAVAILABLE for an outage of the database, and any other error unchanged. */
export const translateDatabaseError = (error: unknown): unknown =>
  error instanceof StoreUnavailable
    ? new GatehouseError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 5, cause: error })
    : error;

/**
 * Makes a flow throw SERVICE_UNAVAILABLE when the store is unavailable. Only this function translates the store's
 * error, so that an outage can never be mistaken for wrong credentials. Each flow is one kind of work for the pool, so that no
 * flow alone can take all connections from the others.
 */
export const translateDatabaseErrors = <F extends Flow>(flow: F): F =>
  (async (...args: never[]) => {
    try {
      return await asKind(flow, () => flow(...args));
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }) as F;

export const translateDatabaseErrorsOfEach = <G extends Record<string, Flow>>(group: G): G =>
  Object.fromEntries(Object.entries(group).map(([name, flow]) => [name, translateDatabaseErrors(flow)])) as G;
