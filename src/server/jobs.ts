import { asJob } from '../store/database/deadlines.js';
import type { Rows, Store } from '../store/store.js';

/** Work that comes round again. Any instance may do it at any time, several at once, and any may die over it. */
export interface Job {
  readonly name: string;
  /** Seconds from one run to the next, of which each run takes 75 to 125 % so that the instances drift apart. */
  readonly intervalSeconds: number;
  /** Does what is due, and counts it. What has much to do leaves the rest when the signal comes: the server stops. */
  readonly run: (signal: AbortSignal) => Promise<number>;
}

/** One run of a job, for logs and metrics. */
export interface JobRun {
  readonly job: string;
  readonly seconds: number;
  /** How many things were done; absent when it failed. */
  readonly done?: number;
  readonly error?: unknown;
}

/** A job that comes round. */
export interface RunningJob {
  /** Runs soon: at once, or again after the run that is under way. Never waits for it. */
  nudge(): void;
  /** Lets no further run begin, has the one that is under way leave the rest, and waits for it. */
  close(): Promise<void>;
}

/**
 * Starts a job; the first run comes after one interval, unless it is nudged before. Runs of one instance never overlap.
 *
 * @param random a number from 0 to 1, for the jitter
 */
export const startJob = (
  { name, intervalSeconds, run }: Job,
  onRun: (run: JobRun) => void,
  random: () => number = Math.random,
): RunningJob => {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let nudged = false;
  const closing = new AbortController();

  const wait = () => {
    timer = setTimeout(begin, intervalSeconds * 1000 * (0.75 + random() / 2));
    timer.unref();
  };
  const runOnce = async () => {
    const startedAt = performance.now();
    const seconds = () => (performance.now() - startedAt) / 1000;
    try {
      const done = await asJob(() => run(closing.signal));
      onRun({ job: name, seconds: seconds(), done });
    } catch (error) {
      onRun({ job: name, seconds: seconds(), error });
    }
  };
  const begin = () => {
    clearTimeout(timer);
    nudged = false;
    running = runOnce().finally(() => {
      running = undefined;
      if (closing.signal.aborted) return;
      if (nudged) begin();
      else wait();
    });
  };

  wait();
  return {
    nudge() {
      if (closing.signal.aborted) return;
      if (running) nudged = true;
      else begin();
    },
    async close() {
      closing.abort();
      clearTimeout(timer);
      await running;
    },
  };
};

const BATCH = 100;

/**
 * Work on rows for the `run` of a job: a batch a transaction, so that none is long and what waits for a row waits a moment
 * only. In each transaction one instance has the turn; the others leave it the rest. When
 * the signal comes, no further batch begins.
 */
export const inBatches =
  (store: Store, name: string, steps: readonly ((tx: Rows, limit: number) => Promise<number>)[]) =>
  async (signal?: AbortSignal): Promise<number> => {
    let total = 0;
    for (const step of steps) {
      for (let done = BATCH; done >= BATCH && signal?.aborted !== true;) {
        done = await store.transaction(async (tx) => ((await tx.jobLocks.takeTurn(name)) ? step(tx, BATCH) : 0));
        total += done;
      }
    }
    return total;
  };
