import type { Auth } from '../auth/auth.js';
import { retentionSteps } from '../auth/retention.js';
import type { DatabaseClock } from '../auth/database-clock.js';
import type { MailSender } from '../mail/mail-sender.js';
import { removeDeadLetters } from '../mail/mail-queue.js';
import type { Store } from '../store/store.js';
import { inBatches, startJob, type Job, type JobRun } from './jobs.js';

/** The dependencies of the periodic jobs. */
export interface ScheduleOptions {
  readonly store: Pick<Store, 'transaction'>;
  readonly mailSender: Pick<MailSender, 'run'>;
  readonly clock: Pick<DatabaseClock, 'measure'>;
  readonly auth: Pick<
    Auth,
    'processMailRequests' | 'accountDeletion' | 'refreshDummyCredentials' | 'applicationJobs' | 'processErasedUsers'
  >;
}

/** Every periodic job. */
export const periodicJobs = ({ store, mailSender, auth, clock }: ScheduleOptions) =>
  [
    // A commit that queues an email wakes this job at once. The interval is for emails that are due again, or that another instance left.
    { name: 'outbox', intervalSeconds: 2, run: mailSender.run },
    // Woken like `outbox`.
    {
      name: 'application-jobs',
      intervalSeconds: auth.applicationJobs.intervalSeconds,
      run: auth.applicationJobs.run,
    },
    // Never woken: the work starts at times that no caller chooses, so it slows down no request that a caller could measure.
    { name: 'mail-requests', intervalSeconds: 1, run: auth.processMailRequests },
    { name: 'expiry', intervalSeconds: 600, run: inBatches(store, 'expiry', [...retentionSteps, removeDeadLetters]) },
    { name: 'erasure', intervalSeconds: 600, run: (signal) => auth.accountDeletion.erase(signal) },
    // Soon after an erasure. The hook is the application's, and nobody waits for it.
    { name: 'erased-users', intervalSeconds: 5, run: auth.processErasedUsers },
    // The clocks of two machines drift apart by seconds a day at most.
    { name: 'clock', intervalSeconds: 60, run: clock.measure },
    // The parameters of stored passwords change while users log in and accounts are imported.
    { name: 'dummy-credentials', intervalSeconds: 600, run: auth.refreshDummyCredentials },
  ] as const satisfies readonly Job[];

/** The periodic jobs of one instance, started. */
export interface Schedule {
  /** Sends queued emails soon, without waiting for the interval. */
  wakeOutbox(): void;
  /** Runs queued jobs of the application soon. */
  wakeJobs(): void;
  /** Starts no further run, and waits for the runs in progress. */
  close(): Promise<void>;
}

export const startSchedule = (options: ScheduleOptions, onRun: (run: JobRun) => void): Schedule => {
  const jobs = periodicJobs(options).map((job) => ({ name: job.name, running: startJob(job, onRun) }));
  const nudge = (wanted: (typeof jobs)[number]['name']) => jobs.find(({ name }) => name === wanted)?.running.nudge();
  return {
    wakeOutbox: () => nudge('outbox'),
    wakeJobs: () => nudge('application-jobs'),
    async close() {
      await Promise.all(jobs.map(({ running }) => running.close()));
    },
  };
};
