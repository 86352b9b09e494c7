import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from 'pino';

import { createAuth, type Auth } from '../auth/auth.js';
import { createDatabaseClock } from '../auth/database-clock.js';
import { createJobQueue } from '../auth/job-queue.js';
import type { Limits } from '../auth/rate-limits/limits.js';
import type { Config } from '../config/config.js';
import type { PageTranslations } from '../languages/page-translations.js';
import { createApplicationMails } from '../mail/application-mails.js';
import { createEmailComposer } from '../mail/compose.js';
import { createMailQueue } from '../mail/mail-queue.js';
import { createMailSender, type SentEmail } from '../mail/mail-sender.js';
import { createMailTransport } from '../mail/transport.js';
import { createSecretBox } from '../security/secret-box.js';
import type { Store } from '../store/store.js';
import { application, assertApplication, type Application } from './application.js';
import { createBurstLog, type BurstLog } from './burst-log.js';
import { openDatabase } from './database.js';
import type { JobRun } from './jobs.js';
import { createLog } from './log.js';
import type { Metrics } from './metrics/metrics.js';
import { observeAuth } from './metrics/observed-auth.js';
import { createHasher, createHashLimiter, createPolicy } from './passwords.js';
import { openCounters } from './rate-limit-counters.js';
import { clockReport, createFailureLog, hookReports, jobReports, listenerReports, mailReports } from './reports.js';
import { startSchedule, type Schedule } from './schedule.js';
import { MAIL_CONCURRENCY } from '../values/policy.js';

/** The flows without GraphQL and HTTP, as commands use them. */
export interface Core {
  readonly auth: Auth;
  readonly store: Store;
  /** The texts of the pages that links in emails lead to. */
  readonly pageTranslations: PageTranslations;
  readonly burstLog: BurstLog;
  /** Finishes the work in progress, then closes mail and database. */
  close(): Promise<void>;
}

/** The options in which a server, a command and a test differ. Each part of the application is that of src/app by default. */
export interface CoreOptions extends Partial<Application> {
  /** Replaces the estimate of the database's clock, by which tokens are verified. Set by tests only. */
  readonly clock?: () => Date;
  readonly log?: Logger;
  readonly store?: Store;
  /** Replaces the rate limits of the configuration. Set by tests only. */
  readonly limits?: Limits;
  /**
   * False for a command: only a server runs periodic jobs, such as sending the emails that a command queues, and only a server
   * has deadlines for statements.
   */
  readonly runJobs?: boolean;
  readonly metrics?: Metrics | undefined;
  /** Called with each email that was sent, to show it on the terminal of a developer. */
  readonly onSent?: (email: SentEmail) => void;
}

/** Longer than the three seconds for which the mail sender waits for emails that are being sent. */
const JOBS_CLOSE_MS = 3_500;

/**
 * Opens the database, constructs the flows on it, and starts the periodic jobs.
 *
 * @throws OperatorError for a mistake in src/app, UnusableTemplates, StoreUnusable, StoreUnavailable, or UnusableKeys when
 *   stored rows do not open under ENCRYPTION_KEYS
 */
export const openCore = async (config: Config, options: CoreOptions = {}): Promise<Core> => {
  const { log = createLog(config), runJobs = true, metrics } = options;
  const parts = { ...application, ...options };
  assertApplication(parts);
  const mails = createApplicationMails(parts.mails);
  const composer = createEmailComposer(config, mails);
  const store = options.store ?? (await openLoggedDatabase(config, log, runJobs, metrics));
  const burstLog = createBurstLog(log);
  const counters = await openCounters(config, store, log, burstLog);
  const secretBox = createSecretBox(config.encryptionKeys);
  const transport = createMailTransport({
    ...config,
    domain: new URL(config.publicUrl).hostname,
    connections: MAIL_CONCURRENCY,
  });
  let schedule: Schedule | undefined;
  const logFailure = createFailureLog(log, burstLog);
  const mailSender = createMailSender({
    store,
    secretBox,
    transport,
    composer,
    onFree: () => schedule?.wakeOutbox(),
    onSent: options.onSent,
    ...mailReports(log, burstLog, logFailure),
  });
  const onRun = (run: JobRun) => {
    if (run.error !== undefined) logFailure(run.error, { job: run.job }, 'job failed and will be retried');
    metrics?.jobRan(run);
  };
  let jobWorker: Auth['applicationJobs'] | undefined;
  const release = async () => {
    const jobsClosed = Promise.resolve(schedule?.close()).then(() =>
      Promise.all([mailSender.close(), jobWorker?.close()]),
    );
    // While the database does not respond, a job waits longer than a stopping server can. Closing the store ends its statements.
    await Promise.race([jobsClosed, delay(JOBS_CLOSE_MS, undefined, { ref: false })]);
    counters.close();
    await store.close();
    transport.close();
    burstLog.close();
  };

  try {
    const clock = await createDatabaseClock(store.readTime, clockReport(log));
    const limiter = createHashLimiter(config, metrics);
    const flows = await createAuth({
      store,
      config,
      clock: options.clock ?? clock.now,
      hasher: createHasher(config, store, limiter),
      passwordPolicy: createPolicy(config, store, burstLog),
      secretBox,
      counters: counters.counters,
      limits: options.limits,
      onRateLimited: metrics?.rateLimited,
      mailQueue: createMailQueue(secretBox, () => schedule?.wakeOutbox()),
      application: {
        hooks: parts.hooks,
        hookReports: hookReports(log, burstLog, logFailure),
        jobs: parts.jobs,
        jobQueue: createJobQueue(secretBox, Object.keys(parts.jobs), () => schedule?.wakeJobs()),
        jobReports: {
          ...jobReports(log, logFailure),
          onAttempt: (attempt) => metrics?.applicationJobRan(attempt),
          onFree: () => schedule?.wakeJobs(),
        },
        mails,
      },
      listenerReports: listenerReports(log),
    });
    jobWorker = flows.applicationJobs;
    metrics?.readFrom({
      principalReads: flows.principalReads,
      principalCacheState: flows.principalCacheState,
      poolState: store.poolState,
      hashesWaiting: limiter.waiting,
      clockOffsetSeconds: clock.offsetSeconds,
      countOutbox: () => store.queueEntries.count(),
    });
    const auth = metrics ? observeAuth(flows, metrics) : flows;
    if (runJobs) {
      for (const notice of composer.notices) log.warn(notice);
      schedule = startSchedule({ store, mailSender, auth, clock }, onRun);
      schedule.wakeOutbox();
    }
    const close = async () => {
      auth.close();
      await release();
    };
    return { auth, store, pageTranslations: composer.pages, burstLog, close };
  } catch (error) {
    await release();
    throw error;
  }
};

const openLoggedDatabase = (
  config: Parameters<typeof openDatabase>[0],
  log: Logger,
  hasDeadlines: boolean,
  metrics: Metrics | undefined,
): Promise<Store> =>
  openDatabase(config, {
    hasDeadlines,
    onConnectionWait: metrics?.connectionWaited,
    log: (message, fields) => {
      log.info(fields ?? {}, message);
    },
    warn: (message) => {
      log.warn(message);
    },
  });
