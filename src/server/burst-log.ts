import type { Logger } from 'pino';

/** Writes warnings that an unavailable dependency would repeat for every request, job or email. */
export interface BurstLog {
  /**
   * Writes the first warning of a burst in full, and counts the others.
   *
   * @param failure distinguishes bursts of the same message: the code of a failure, of which there are few
   */
  warn(fields: object, message: string, failure?: string): void;
  /** Writes the counts that are left. */
  close(): void;
}

interface Burst {
  count(): void;
  end(): void;
}

const INTERVAL_MS = 10_000;

/**
 * Summarizes bursts: the first warning is written in full, and then one line every ten seconds with the number of the others. A
 * burst ends with ten seconds without a warning. An outage of the database would otherwise write a stack trace for every
 * request, which fills disks and hides everything else.
 */
export const createBurstLog = (log: Pick<Logger, 'warn'>): BurstLog => {
  const bursts = new Map<string, Burst>();

  const beginBurst = (message: string, failure: string | undefined, onEnd: () => void): Burst => {
    /** Since the last line. */
    let repeated = 0;
    let total = 1;
    const writeCount = () => {
      if (repeated > 0) log.warn({ repeated, total, ...(failure === undefined ? {} : { failure }) }, message);
    };
    const end = () => {
      clearInterval(timer);
      writeCount();
      onEnd();
    };
    const timer = setInterval(() => {
      if (repeated === 0) end();
      else writeCount();
      repeated = 0;
    }, INTERVAL_MS).unref();
    return {
      count() {
        repeated += 1;
        total += 1;
      },
      end,
    };
  };

  return {
    warn(fields, message, failure) {
      const key = `${message} ${failure ?? ''}`;
      const burst = bursts.get(key);
      if (burst) {
        burst.count();
        return;
      }
      log.warn(fields, message);
      bursts.set(
        key,
        beginBurst(message, failure, () => bursts.delete(key)),
      );
    },
    close() {
      for (const burst of [...bursts.values()]) burst.end();
    },
  };
};
