import { GatehouseError } from '../errors.js';
import { StoreUnavailable } from '../store/errors.js';

/** Whether an error, or every error of an AggregateError, means that the database is unavailable. */
export const isDatabaseUnavailable = (error: unknown): boolean => {
  if (error instanceof AggregateError) return error.errors.every(isDatabaseUnavailable);
  return error instanceof StoreUnavailable || (error instanceof GatehouseError && error.code === 'SERVICE_UNAVAILABLE');
};

type Flow = (...args: never[]) => Promise<unknown>;

/**
 * Makes a flow throw SERVICE_UNAVAILABLE when the store is unavailable. Only this function translates the store's
 * error, so that an outage can never be mistaken for wrong credentials.
 */
export const translateDatabaseErrors = <F extends Flow>(flow: F): F =>
  (async (...args: never[]) => {
    try {
      return await flow(...args);
    } catch (error) {
      if (error instanceof StoreUnavailable)
        throw new GatehouseError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 5, cause: error });
      throw error;
    }
  }) as F;

export const translateDatabaseErrorsOfEach = <G extends Record<string, Flow>>(group: G): G =>
  Object.fromEntries(Object.entries(group).map(([name, flow]) => [name, translateDatabaseErrors(flow)])) as G;
