import { GatehouseError } from '../errors.js';

/** An operation that was too slow is hardly faster at once. */
const RETRY_AFTER_SECONDS = 5;

/**
 * Runs an operation until it ends or its time is over. Then its signal is aborted and its result is dropped. What has started
 * cannot be stopped: a resolver of an application may never return.
 *
 * @throws GatehouseError SERVICE_UNAVAILABLE when the time is over
 */
export const runWithDeadline = async <T>(
  seconds: number,
  operate: (signal: AbortSignal) => Promise<T>,
  onExceeded: (error: GatehouseError) => void,
): Promise<T> => {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const cause = new Error(`The operation did not end within ${String(seconds)} seconds.`);
      const error = new GatehouseError('SERVICE_UNAVAILABLE', { retryAfterSeconds: RETRY_AFTER_SECONDS, cause });
      controller.abort(error);
      onExceeded(error);
      reject(error);
    }, seconds * 1000);
  });
  try {
    return await Promise.race([operate(controller.signal), deadline]);
  } finally {
    clearTimeout(timer);
  }
};
