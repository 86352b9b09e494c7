import { GatehouseError } from '../../errors.js';

/** Runs a bounded number of tasks at the same time and queues a bounded number. */
export interface ConcurrencyLimiter {
  /**
   * Runs a task as soon as a slot is free, in order of arrival.
   *
   * @throws GatehouseError SERVER_BUSY when the queue is full; the task is not started
   */
  run<T>(task: () => Promise<T>): Promise<T>;
}

/**
 * Creates a limiter that runs at most `concurrency` tasks at the same time and queues at most `queue`.
 *
 * A password hash occupies a thread of libuv's pool and megabytes of memory. Without a limit, a flood of logins would starve
 * file access, DNS and the database driver, which share that pool. With a limit, only the excess logins are refused.
 *
 * @throws RangeError when no task could ever run
 */
export const createConcurrencyLimiter = (limits: {
  readonly concurrency: number;
  readonly queue: number;
}): ConcurrencyLimiter => {
  if (!(limits.concurrency >= 1 && limits.queue >= 0)) {
    throw new RangeError('a concurrency limiter needs a concurrency of at least 1');
  }

  let running = 0;
  const waiting: (() => void)[] = [];

  const enter = async (): Promise<void> => {
    if (running < limits.concurrency) {
      running += 1;
      return;
    }
    if (waiting.length >= limits.queue) throw new GatehouseError('SERVER_BUSY', { retryAfterSeconds: 1 });
    await new Promise<void>((resolve) => waiting.push(resolve));
  };

  /** Passes the slot to the next task in the queue instead of freeing it, so that a new task cannot overtake the queue. */
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };

  return {
    async run(task) {
      await enter();
      try {
        return await task();
      } finally {
        leave();
      }
    },
  };
};
