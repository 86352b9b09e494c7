import { createHash } from 'node:crypto';

import type { SecretBox } from '../../security/secret-box.js';
import { createQueueWorker, createTopicSource, type QueueSource } from '../../store/queue-worker.js';
import type { Store } from '../../store/store.js';
import { PERIODIC_TOPICS, type QueueEntry } from '../../store/tables/queue-entries.js';
import { JOB_ATTEMPTS_MAX, JOB_CONCURRENCY, JOB_DEADLINE_SECONDS } from '../../values/policy.js';
import { untilAborted } from '../../values/until-aborted.js';
import { uuidFromBytes } from '../../values/uuid.js';
import { JOB_TOPICS, jobOfTopic, openJobPayload } from '../job-queue.js';
import type { AccessFor } from './application-access.js';
import type { AnyJobs } from './jobs.js';

/** One attempt of a job, for the metrics. */
export interface JobAttempt {
  readonly job: string;
  readonly seconds: number;
  readonly isDone: boolean;
}

/** A failed attempt, for the log: without the payload. */
export interface FailedJob {
  /** The name of the job, which src/app/jobs.ts may not have any more. */
  readonly job: string;
  readonly id: string;
  readonly attempts: number;
  readonly failure: JobFailure;
  readonly error: unknown;
  /** Whether it is now a dead letter. */
  readonly dead: boolean;
}

export interface JobReports {
  readonly onAttempt: (attempt: JobAttempt) => void;
  readonly onFailure: (failed: FailedJob) => void;
  /** Called when the database did not record the outcome of an attempt. The job runs again when its lease ends. */
  readonly onUnrecorded: (error: unknown, id: string) => void;
  /** Called when another job can be run at once, so that the next run of the worker starts soon. */
  readonly onFree: () => void;
}

export interface JobWorkerOptions {
  readonly store: Pick<Store, 'queueEntries'>;
  readonly secretBox: SecretBox;
  readonly jobs: AnyJobs;
  readonly accessFor: AccessFor;
  readonly reports: JobReports;
  /** The deadline of an attempt; JOB_DEADLINE_SECONDS by default. */
  readonly deadlineSeconds?: number;
  /** Returns a number from 0 to 1, for the jitter of the backoff. */
  readonly random?: () => number;
}

export interface JobWorker {
  /** How often `run` is to be called. */
  readonly intervalSeconds: number;
  /** Starts due jobs without waiting for them, and returns how many were done since the last run. */
  readonly run: () => Promise<number>;
  /** Waits up to three seconds for jobs in progress, and returns the others to the queue. `run` must not follow. */
  readonly close: () => Promise<void>;
}

/** Why an attempt failed. `UNKNOWN_JOB`: src/app/jobs.ts of this instance has no such job. `UNREADABLE`: sealed by another key. */
export type JobFailure = 'FAILED' | keyof typeof messages;

class JobError extends Error {
  override readonly name = 'JobError';

  constructor(readonly failure: keyof typeof messages) {
    super(messages[failure]);
  }
}

const messages = {
  TIMED_OUT: `The job did not end within its deadline. Split it into jobs that take less than ${JOB_DEADLINE_SECONDS} seconds each.`,
  UNKNOWN_JOB: 'src/app/jobs.ts has no such job. Add it again, or let its entries expire as dead letters.',
  UNREADABLE: 'The payload does not open under ENCRYPTION_KEYS.',
} as const;

const failureOf = (error: unknown): JobFailure => (error instanceof JobError ? error.failure : 'FAILED');

/** The time by which a lease exceeds the deadline, for the statements before and after the job. */
const LEASE_MARGIN_SECONDS = 30;
const CLOSE_GRACE_MS = 3_000;
const INTERVAL_SECONDS = 2;
/** Without jobs, there can be entries only of jobs that were removed. */
const INTERVAL_WITHOUT_JOBS_SECONDS = 60;
/** A periodic job that this instance does not know is one of a newer release, or was removed. */
const UNKNOWN_INTERVAL_SECONDS = 3_600;
const UNKNOWN_ATTEMPTS_MAX = 24;

/** Returns the delay after attempt number `attempts`, from 1: 5 seconds, doubled with each attempt, up to half an hour. */
export const jobBackoffSeconds = (attempts: number): number => Math.min(5 * 2 ** (attempts - 1), 1_800);

const periodicTopicOf = (job: string): string => PERIODIC_TOPICS.replace('%', job);

/** The entry of a periodic job has the same id on every instance, so that there is one. @see RFC 9562 section 5.8 */
const periodicIdOf = (job: string): string => {
  const bytes = createHash('sha256').update(periodicTopicOf(job)).digest().subarray(0, 16);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  return uuidFromBytes(bytes);
};

/**
 * Runs the jobs of the application: those that are queued, and those that are periodic. Each kind has lanes of its own, so that a
 * long queue delays no periodic job.
 *
 * A periodic job is an entry that is due again after each run. The claim of an entry makes sure that only one instance runs it.
 */
export const createJobWorker = (options: JobWorkerOptions): JobWorker => {
  const { store, secretBox, jobs, accessFor, reports } = options;
  const { deadlineSeconds = JOB_DEADLINE_SECONDS, random = Math.random } = options;
  const leaseSeconds = deadlineSeconds + LEASE_MARGIN_SECONDS;
  const periodic = Object.entries(jobs).flatMap(([name, { everySeconds }]) =>
    everySeconds === undefined ? [] : [{ name, everySeconds }],
  );
  let done = 0;
  let isClosed = false;
  let isScheduled = false;

  const attempt = async (name: string, entry: QueueEntry, payload: () => unknown, signal: AbortSignal) => {
    const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
    if (!job) throw new JobError('UNKNOWN_JOB');
    const content = payload();
    const startedAt = performance.now();
    const access = accessFor({ kind: 'system' }, signal);
    const context = { ...access, id: entry.id, attempt: entry.attempts, signal };
    const report = (isDone: boolean) => {
      reports.onAttempt({ job: name, seconds: (performance.now() - startedAt) / 1000, isDone });
    };
    try {
      await untilAborted(signal, () => job.run(content as never, context));
      report(true);
      done += 1;
    } catch (error) {
      if (!isClosed) report(false);
      throw signal.aborted ? new JobError('TIMED_OUT') : error;
    }
  };

  const common = {
    lanes: () => JOB_CONCURRENCY,
    timeLimitSeconds: deadlineSeconds,
    onUnrecorded: (error: unknown, { id }: QueueEntry) => {
      reports.onUnrecorded(error, id);
    },
    onLaneFree: reports.onFree,
  };

  const queued = createQueueWorker<QueueEntry, unknown>({
    ...common,
    source: createTopicSource(store, {
      topic: JOB_TOPICS,
      leaseSeconds,
      maxAttempts: JOB_ATTEMPTS_MAX,
      backoffSeconds: (attempts) => jobBackoffSeconds(attempts) * (0.75 + random() / 2),
      // Another instance may know the job or have the key.
      failureOf: (error) => ({ code: failureOf(error), permanent: false }),
      onFailure: ({ entry: { id, topic, attempts }, error, dead }) => {
        reports.onFailure({ job: jobOfTopic(topic), id, attempts, failure: failureOf(error), error, dead });
      },
    }),
    work: (entry, signal) => attempt(jobOfTopic(entry.topic), entry, () => open(entry), signal),
    async complete({ id }) {
      await store.queueEntries.remove(id);
    },
  });

  const open = (entry: QueueEntry): unknown => {
    try {
      return openJobPayload(secretBox, entry);
    } catch {
      throw new JobError('UNREADABLE');
    }
  };

  const nameOf = ({ topic }: QueueEntry) => topic.slice(periodicTopicOf('').length);
  const intervalOf = (entry: QueueEntry) => periodic.find(({ name }) => name === nameOf(entry))?.everySeconds;
  const periodicSource: QueueSource<QueueEntry> = {
    claim: (limit) => store.queueEntries.claim(PERIODIC_TOPICS, limit, leaseSeconds),
    release: (entry) => store.queueEntries.release(entry),
    async fail(entry, error) {
      const everySeconds = intervalOf(entry);
      const failure = everySeconds === undefined ? 'UNKNOWN_JOB' : failureOf(error);
      if (everySeconds === undefined && entry.attempts >= UNKNOWN_ATTEMPTS_MAX) {
        await store.queueEntries.remove(entry.id);
        return;
      }
      if (everySeconds !== undefined)
        reports.onFailure({ job: nameOf(entry), id: entry.id, attempts: entry.attempts, failure, error, dead: false });
      await store.queueEntries.postpone(entry, failure, everySeconds ?? UNKNOWN_INTERVAL_SECONDS);
    },
  };
  const recurring = createQueueWorker<QueueEntry, unknown>({
    ...common,
    source: periodicSource,
    async work(entry, signal) {
      if (intervalOf(entry) === undefined) throw new JobError('UNKNOWN_JOB');
      await attempt(nameOf(entry), entry, () => null, signal);
    },
    async complete(entry) {
      await store.queueEntries.repeat(entry, intervalOf(entry) ?? UNKNOWN_INTERVAL_SECONDS);
    },
  });

  const schedule = async () => {
    for (const { name, everySeconds } of periodic)
      await store.queueEntries.addPeriodic({ id: periodicIdOf(name), topic: periodicTopicOf(name), everySeconds });
    isScheduled = true;
  };

  return {
    intervalSeconds: Object.keys(jobs).length > 0 ? INTERVAL_SECONDS : INTERVAL_WITHOUT_JOBS_SECONDS,
    async run() {
      if (!isScheduled) await schedule();
      await queued.start();
      await recurring.start();
      const count = done;
      done = 0;
      return count;
    },
    async close() {
      isClosed = true;
      await Promise.all([queued.close(CLOSE_GRACE_MS), recurring.close(CLOSE_GRACE_MS)]);
    },
  };
};
