import { asJob } from '../store/database/deadlines.js';
import type { Rows, Store } from '../store/store.js';

/** Periodic work. Several instances may run it at the same time, and any of them may crash during a run. */
export interface Job {
  readonly name: string;
  /** The average interval between runs. Each is 75 to 125 % of it, so that instances do not stay synchronized. */
  readonly intervalSeconds: number;
  /** Does the work that is due and returns its amount. Ends early when the signal is aborted, because the server stops. */
  readonly run: (signal: AbortSignal) => Promise<number>;
}

/** One completed run of a job, for logs and metrics. */
export interface JobRun {
  readonly job: string;
  readonly seconds: number;
  /** The amount of work; absent when the run failed. */
  readonly done?: number;
  readonly error?: unknown;
}

/** A started job. */
export interface RunningJob {
  /** Starts a run at once, or after the run in progress. Does not wait for it. */
  nudge(): void;
  /** Starts no further run, aborts the signal of the run in progress, and waits for it. */
  close(): Promise<void>;
}

/**
 * Starts a job. The first run begins after one interval, or when it is nudged. Runs of one instance never overlap.
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
 * Creates the `run` of a job from steps that process rows. Each batch has its own transaction, so that locks on rows are held
 * only briefly. Only one instance at a time has the lock of the job; the others leave the work to it. No batch begins after
 * the signal is aborted.
 */
export const inBatches =
  (store: Pick<Store, 'transaction'>, name: string, steps: readonly ((tx: Rows, limit: number) => Promise<number>)[]) =>
  async (signal?: AbortSignal): Promise<number> => {
    let total = 0;
    for (const step of steps) {
      for (let done = BATCH; done >= BATCH && signal?.aborted !== true;) {
        done = await store.transaction(async (tx) => ((await tx.jobLocks.tryLock(name)) ? step(tx, BATCH) : 0));
        total += done;
      }
    }
    return total;
  };
