import { GatehouseError } from '../../errors.js';

/** Runs a bounded number of tasks at the same time, and admits a bounded number to wait for that. */
export interface ConcurrencyLimiter {
  /**
   * Admits a caller, who can then run tasks one after the other until it leaves. Nothing has been done for a caller that is
   * refused, so that a refusal costs next to nothing.
   *
   * @param network the network of the client. One network gets at most half of the places; null if it is not known
   * @throws GatehouseError SERVER_BUSY when all places, or those of the network, are taken
   */
  admit(network: string | null): Place;
  /** Admits a caller for one task. @throws GatehouseError SERVER_BUSY as `admit` and `Place.run` do */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Returns the number of tasks that wait for a slot. */
  readonly waiting: () => number;
}

/** The place of an admitted caller. */
export interface Place {
  /**
   * Runs a task as soon as a slot is free. Waiting networks take turns, and each has its tasks run in order of arrival. The
   * slot stays occupied until the task has ended, even if nobody waits for its result any more.
   *
   * @throws GatehouseError SERVER_BUSY when no slot is free before the deadline; the task is not started
   */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Frees the place. */
  leave(): void;
}

/** Why a caller was refused: all places are taken, or those of its network, or no slot was free before the deadline. */
export const busyReasons = ['full', 'network', 'deadline'] as const;
export type BusyReason = (typeof busyReasons)[number];

/** Receives what happens in a limiter. */
export interface LimiterObserver {
  /** Called when a task starts, with the seconds that it has waited for its slot. */
  readonly waited: (seconds: number) => void;
  readonly refused: (reason: BusyReason) => void;
}

export interface ConcurrencyLimits {
  readonly concurrency: number;
  /** The number of places beyond those whose tasks can run at once. */
  readonly queue: number;
  /** How long a task may wait for a slot; without it, there is no limit. */
  readonly deadlineMs?: number;
  readonly observer?: LimiterObserver | undefined;
}

const busy = () => new GatehouseError('SERVER_BUSY', { retryAfterSeconds: 1 });

/**
 * Creates a limiter that runs at most `concurrency` tasks at the same time and admits `queue` more callers.
 *
 * A password hash occupies a thread of libuv's pool and megabytes of memory. Without a limit, a flood of logins would starve
 * file access, DNS and the database driver, which share that pool. With a limit, only the excess logins are refused. Networks
 * take turns, so that a flood from one of them delays the logins from others by one hash at most.
 *
 * @throws RangeError when no task could ever run
 */
export const createConcurrencyLimiter = ({
  concurrency,
  queue,
  deadlineMs,
  observer,
}: ConcurrencyLimits): ConcurrencyLimiter => {
  if (!(concurrency >= 1 && queue >= 0)) {
    throw new RangeError('a concurrency limiter needs a concurrency of at least 1');
  }
  const places = concurrency + queue;
  const placesOfNetwork = Math.ceil(places / 2);
  const waiting = createTurns(() => observer?.refused('deadline'));
  const admitted = new Map<string, number>();
  let total = 0;
  let running = 0;

  const enter = async (network: string | null): Promise<void> => {
    if (running < concurrency) {
      running += 1;
      observer?.waited(0);
      return;
    }
    const startedAt = performance.now();
    await waiting.join(network, deadlineMs);
    observer?.waited((performance.now() - startedAt) / 1000);
  };

  /** Passes the slot to the next task that waits instead of freeing it, so that a new task cannot overtake the queue. */
  const exit = (): void => {
    if (!waiting.callNext()) running -= 1;
  };

  const admit = (network: string | null): Place => {
    const ofNetwork = network === null ? 0 : (admitted.get(network) ?? 0);
    if (total >= places || ofNetwork >= placesOfNetwork) {
      observer?.refused(total >= places ? 'full' : 'network');
      throw busy();
    }
    total += 1;
    if (network !== null) admitted.set(network, ofNetwork + 1);
    let hasLeft = false;
    return {
      async run(task) {
        await enter(network);
        try {
          return await task();
        } finally {
          exit();
        }
      },
      leave() {
        if (hasLeft) return;
        hasLeft = true;
        total -= 1;
        if (network === null) return;
        const others = (admitted.get(network) ?? 1) - 1;
        if (others > 0) admitted.set(network, others);
        else admitted.delete(network);
      },
    };
  };

  return {
    admit,
    waiting: waiting.size,
    async run(task) {
      const place = admit(null);
      try {
        return await place.run(task);
      } finally {
        place.leave();
      }
    },
  };
};

/** Those who wait, by network. */
const createTurns = (onDeadline: () => void) => {
  // A Map lists its keys in order of insertion: the network whose turn it was is inserted again at the end.
  const queues = new Map<string | null, (() => void)[]>();
  const remove = (network: string | null, call: () => void) => {
    const others = (queues.get(network) ?? []).filter((other) => other !== call);
    if (others.length > 0) queues.set(network, others);
    else queues.delete(network);
  };
  return {
    /** Resolves when the caller's turn has come. @throws GatehouseError SERVER_BUSY after the deadline */
    join: (network: string | null, deadlineMs?: number): Promise<void> =>
      new Promise((resolve, reject) => {
        const call = () => {
          clearTimeout(timer);
          resolve();
        };
        const timer =
          deadlineMs === undefined
            ? undefined
            : setTimeout(() => {
                remove(network, call);
                onDeadline();
                reject(busy());
              }, deadlineMs).unref();
        const others = queues.get(network);
        if (others) others.push(call);
        else queues.set(network, [call]);
      }),

    size: (): number => [...queues.values()].reduce((sum, { length }) => sum + length, 0),

    /** Calls the first of the next network. Returns false when nobody waits. */
    callNext(): boolean {
      const [next] = queues;
      if (!next) return false;
      const [network, [first, ...others]] = next;
      queues.delete(network);
      if (others.length > 0) queues.set(network, others);
      first?.();
      return true;
    },
  };
};
