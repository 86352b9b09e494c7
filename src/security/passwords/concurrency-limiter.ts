import { GatehouseError } from '../../errors.js';

/** Lets a bounded number of works run at once and a bounded number wait. */
export interface ConcurrencyLimiter {
  /**
   * Runs a work when its turn comes, first come, first served.
   *
   * @throws SERVER_BUSY when the queue is full; the work is not begun
   */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Makes a gate for `concurrency` works at once and `queue` that wait.
 *
 * A password hash holds a thread of libuv's pool and megabytes of memory. Unbounded, a flood of logins would starve files,
 * DNS and the database driver, which share that pool, and answer nobody; bounded, it costs the flood its answer.
 *
 * @throws RangeError when nothing could ever run
 */
export const createConcurrencyLimiter = (limits: {
  readonly concurrency: number;
  readonly queue: number;
}): ConcurrencyLimiter => {
  if (!(limits.concurrency >= 1 && limits.queue >= 0)) throw new RangeError('a gate needs a concurrency of at least 1');

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

  /** Hands the place on instead of freeing it, so that no newcomer overtakes the queue. */
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };

  return {
    async run(work) {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
};
