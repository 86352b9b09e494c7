import type { Rows } from './store.js';
import type { QueueEntry } from './tables/queue-entries.js';

/** The source from which a worker claims entries and to which it reports failures. */
export interface QueueSource<Entry> {
  /** Claims up to `limit` due entries. Returns fewer only if no more can be claimed now. */
  readonly claim: (limit: number) => Promise<readonly Entry[]>;
  /** Records that the work failed. Absent where a later run claims a failed entry again in any case. */
  readonly fail?: (entry: Entry, error: unknown) => Promise<void>;
  /** Makes an entry due at once, as if it had not been claimed. Absent where entries have no lease. */
  readonly release?: (entry: Entry) => Promise<void>;
}

export interface QueueWorkerOptions<Entry, Result> {
  readonly source: QueueSource<Entry>;
  /** Returns how many entries may be in progress at once. Called before each claim. */
  readonly lanes: () => number;
  /** Does the work on one entry. Rejects when it fails, and soon after the signal is aborted. */
  readonly work: (entry: Entry, signal: AbortSignal) => Promise<Result>;
  /** Removes an entry whose work is done. Absent where the work removes it in its own transaction. */
  readonly complete?: (entry: Entry, result: Result) => Promise<void>;
  /** The work on one entry is aborted after this time, which must be shorter than the lease. */
  readonly timeLimitSeconds?: number;
  /** Called when the work has failed, before the failure is recorded. */
  readonly onFailure?: (error: unknown, entry: Entry) => void;
  /** Called when the outcome could not be recorded. The entry becomes due again when its lease ends. */
  readonly onUnrecorded: (error: unknown, entry: Entry) => void;
  /** Called when an entry is no longer in progress. */
  readonly onLaneFree?: () => void;
}

export interface QueueWorker {
  /** Claims due entries and starts work on them until no lane is free. Does not wait for the work. Calls must not overlap. */
  readonly start: () => Promise<void>;
  /** Works until no entry is due. After the signal is aborted, claims no more entries and finishes those in progress. */
  readonly drain: (signal?: AbortSignal) => Promise<void>;
  /** Claims no more entries, aborts those still in progress after `graceMs`, and releases those that did not succeed. */
  readonly close: (graceMs: number) => Promise<void>;
}

/**
 * Processes entries concurrently, each in a lane, so that an entry that hangs or fails blocks only its own lane. Any number
 * of instances may work on the same source: a claim gives each entry to one of them, and an entry whose instance died
 * becomes due again when its lease ends. Work is therefore done at least once.
 */
export const createQueueWorker = <Entry, Result>(options: QueueWorkerOptions<Entry, Result>): QueueWorker => {
  const { source, lanes, work, complete, timeLimitSeconds, onFailure, onUnrecorded, onLaneFree } = options;
  const inProgress = new Map<AbortController, Promise<void>>();
  let isClosed = false;

  const attempt = async (
    entry: Entry,
    abort: AbortController,
  ): Promise<{ readonly result: Result } | { readonly error: unknown }> => {
    const limit =
      timeLimitSeconds === undefined
        ? undefined
        : setTimeout(() => {
            abort.abort();
          }, timeLimitSeconds * 1000);
    try {
      return { result: await work(entry, abort.signal) };
    } catch (error) {
      return { error };
    } finally {
      clearTimeout(limit);
    }
  };

  const process = async (entry: Entry, abort: AbortController): Promise<void> => {
    const outcome = await attempt(entry, abort);
    if ('error' in outcome) onFailure?.(outcome.error, entry);
    try {
      if ('result' in outcome) await complete?.(entry, outcome.result);
      else if (isClosed) await source.release?.(entry);
      else await source.fail?.(entry, outcome.error);
    } catch (error) {
      onUnrecorded(error, entry);
    }
  };

  const begin = (entry: Entry) => {
    const abort = new AbortController();
    const processed = process(entry, abort).then(() => {
      inProgress.delete(abort);
      onLaneFree?.();
    });
    inProgress.set(abort, processed);
  };

  /** Claims entries until no lane is free or none is due. Returns whether more entries may be due. */
  const fillLanes = async (): Promise<boolean> => {
    while (!isClosed) {
      const free = lanes() - inProgress.size;
      if (free <= 0) return true;
      const entries = await source.claim(free);
      entries.forEach(begin);
      if (entries.length < free) return false;
    }
    return false;
  };

  return {
    async start() {
      await fillLanes();
    },
    async drain(signal) {
      while (signal?.aborted !== true && (await fillLanes())) await Promise.race(inProgress.values());
      await Promise.all(inProgress.values());
    },
    async close(graceMs) {
      isClosed = true;
      const timer = setTimeout(() => {
        for (const abort of inProgress.keys()) abort.abort();
      }, graceMs);
      await Promise.all(inProgress.values());
      clearTimeout(timer);
    },
  };
};

const MAX_REPORTED_ERRORS = 3;

/**
 * Processes every entry that is due, and reports the failures together at the end.
 *
 * @throws AggregateError of the first three errors, after all other entries were processed
 */
export const drainQueue = async <Entry, Result>(
  options: Pick<QueueWorkerOptions<Entry, Result>, 'source' | 'lanes' | 'work'>,
  failureMessage: (failed: number) => string,
  signal?: AbortSignal,
): Promise<void> => {
  const errors: unknown[] = [];
  let failed = 0;
  const report = (error: unknown) => {
    if (errors.length < MAX_REPORTED_ERRORS) errors.push(error);
  };
  const onFailure = (error: unknown) => {
    failed += 1;
    report(error);
  };
  await createQueueWorker({ ...options, onFailure, onUnrecorded: report }).drain(signal);
  if (failed > 0) throw new AggregateError(errors, failureMessage(failed));
};

/** The result of a failed attempt. */
export interface FailedAttempt {
  readonly entry: QueueEntry;
  readonly error: unknown;
  readonly code: string;
  /** Whether the entry is now a dead letter, which is not tried again until an operator retries it. */
  readonly dead: boolean;
}

export interface TopicOptions {
  readonly topic: string;
  /** Longer than the work on one entry can take. After this time, another instance may claim the entry. */
  readonly leaseSeconds: number;
  /** An entry that failed this often is buried. */
  readonly maxAttempts: number;
  /** Returns the delay before the next attempt. `attempts` is the number of attempts so far, at least 1. */
  readonly backoffSeconds: (attempts: number) => number;
  /** Classifies an error. `code` contains no personal data. After a permanent failure, the entry is buried at once. */
  readonly failureOf: (error: unknown) => { readonly code: string; readonly permanent: boolean };
  readonly onFailure?: (failed: FailedAttempt) => void;
}

/** Creates the source of the entries of one topic. A worker whose lease has passed to another worker changes nothing. */
export const createTopicSource = (
  { queueEntries }: Pick<Rows, 'queueEntries'>,
  options: TopicOptions,
): QueueSource<QueueEntry> => {
  const { topic, leaseSeconds, maxAttempts, backoffSeconds, failureOf, onFailure } = options;
  return {
    claim: (limit) => queueEntries.claim(topic, limit, leaseSeconds),
    async fail(entry, error) {
      const { code, permanent } = failureOf(error);
      const dead = permanent || entry.attempts >= maxAttempts;
      onFailure?.({ entry, error, code, dead });
      if (dead) await queueEntries.bury(entry, code);
      else await queueEntries.postpone(entry, code, backoffSeconds(entry.attempts));
    },
    release: (entry) => queueEntries.release(entry),
  };
};
