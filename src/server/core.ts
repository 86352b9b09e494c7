import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from 'pino';

import { createAuth, type Auth } from '../auth/auth.js';
import { isDatabaseUnavailable } from '../auth/database-errors.js';
import { retentionSteps } from '../auth/retention.js';
import { createPasswordPolicy } from '../auth/password-checks/policy.js';
import type { Config } from '../config/config.js';
import { inBatches, startJob, type JobRun, type RunningJob } from './jobs.js';
import { createLog } from './log.js';
import { createMailQueue, removeDeadLetters } from '../mail/mail-queue.js';
import { createMailSender, MAIL_LANES } from '../mail/mail-sender.js';
import { createEmailComposer } from '../mail/compose.js';
import { createMailTransport } from '../mail/transport.js';
import { createConcurrencyLimiter } from '../security/passwords/concurrency-limiter.js';
import { createLeakedPasswordsRange, type LeakedPasswordsRange } from '../security/passwords/leaked-passwords-range.js';
import { openLeakedPasswords } from '../security/passwords/leaked-passwords.js';
import { createPasswordHasher } from '../security/passwords/password.js';
import { createSecretBox } from '../security/secret-box.js';
import { openStore, type Store } from '../store/store.js';

/** Identity without the wire: what the commands use. */
export interface Core {
  readonly auth: Auth;
  readonly store: Store;
  /** Lets go of mail and database, after what is under way. */
  close(): Promise<void>;
}

/** What differs between a server, a command and a test. */
export interface CoreOptions {
  readonly clock?: () => Date;
  readonly log?: Logger;
  readonly store?: Store;
  /**
   * False for a command: the server runs the periodic work, such as delivering what a command leaves in the outbox, and only
   * a server has deadlines for statements.
   */
  readonly runJobs?: boolean;
  /** Told of each run of periodic work. */
  readonly onJobRun?: ((run: JobRun) => void) | undefined;
  /** Told of each link that was mailed; for the terminal of a developer. */
  readonly onLink?: (link: string) => void;
}

/** Mail is nudged with each commit; this finds what another instance left when it died, and what is to be tried again. */
const OUTBOX_SECONDS = 2;
/** Requests for mail are never nudged: answers begin at a moment of the server's own, and slow down no request of a caller's choice. */
const MAIL_REQUESTS_SECONDS = 1;
const EXPIRY_SECONDS = 600;
/** While users log in and accounts are imported, the parameters of stored passwords drift. */
const DUMMY_CREDENTIALS_SECONDS = 600;
/** More than the three seconds that a delivery waits for the emails that are being sent. */
const JOBS_CLOSE_MS = 3_500;

/**
 * Constructs the flows over an open database, brought up to date, and starts what comes round.
 *
 * @throws UnusableTemplates, StoreUnusable, StoreUnavailable, or Error when the stored keys do not open under ENCRYPTION_KEYS
 */
export const openCore = async (config: Config, options: CoreOptions = {}): Promise<Core> => {
  const log = options.log ?? createLog(config);
  const messages = createEmailComposer(config);
  const store = options.store ?? (await openDatabase(config, log, options.runJobs !== false));
  const secretBox = createSecretBox(config.encryptionKeys);
  const transport = createMailTransport({
    ...config,
    domain: new URL(config.publicUrl).hostname,
    connections: MAIL_LANES,
  });
  const hasher = createPasswordHasher({
    memoryKib: config.argon2MemoryKib,
    passes: config.argon2Passes,
    lanes: config.argon2Lanes,
    gate: createConcurrencyLimiter({ concurrency: config.hashConcurrency, queue: config.hashQueue }),
    guard: store.assertOutsideTransaction,
  });
  const passwordPolicy = createPasswordPolicy({
    minLength: config.passwordMinLength,
    host: new URL(config.publicUrl).hostname,
    leaked: openLeakedPasswords(),
    range: createRange(config, log),
    guard: store.assertOutsideTransaction,
  });
  let outbox: RunningJob | undefined;
  const delivery = createMailSender({
    store,
    secretBox,
    transport,
    composer: messages,
    onFree: () => outbox?.nudge(),
    onLink: options.onLink,
    onFailure: ({ dead, ...undelivered }) => {
      if (dead) log.error(undelivered, 'mail was given up');
      else log.warn(undelivered, 'mail was not delivered');
    },
    onError: (err, id) => {
      log[levelOf(err)]({ err, id }, 'what became of a mail was not recorded');
    },
  });

  const running: RunningJob[] = [];
  const onRun = (run: JobRun) => {
    if (run.error !== undefined) log[levelOf(run.error)]({ err: run.error, job: run.job }, 'job failed');
    options.onJobRun?.(run);
  };
  const startJobs = (auth: Auth) => {
    if (options.runJobs === false) return;
    for (const notice of messages.notices) log.warn(notice);
    outbox = startJob({ name: 'outbox', intervalSeconds: OUTBOX_SECONDS, run: delivery.run }, onRun);
    const answer = { name: 'mail-requests', intervalSeconds: MAIL_REQUESTS_SECONDS, run: auth.answerMailRequests };
    const expire = inBatches(store, 'expiry', [...retentionSteps, removeDeadLetters]);
    const erase = (signal: AbortSignal) => auth.accountDeletion.erase(signal);
    const dummies = { name: 'dummy-credentials', intervalSeconds: DUMMY_CREDENTIALS_SECONDS };
    running.push(
      outbox,
      startJob(answer, onRun),
      startJob({ name: 'expiry', intervalSeconds: EXPIRY_SECONDS, run: expire }, onRun),
      startJob({ name: 'erasure', intervalSeconds: EXPIRY_SECONDS, run: erase }, onRun),
      startJob({ ...dummies, run: auth.refreshDummyCredentials }, onRun),
    );
    outbox.nudge();
  };
  const release = async () => {
    const jobsClosed = Promise.all(running.map((job) => job.close())).then(() => delivery.close());
    // While the database does not respond, a job waits longer than a stopping server can. Closing the store ends its statements.
    await Promise.race([jobsClosed, delay(JOBS_CLOSE_MS, undefined, { ref: false })]);
    await store.close();
    transport.close();
  };
  try {
    const clock = options.clock ?? (() => new Date());
    const mailQueue = createMailQueue(secretBox, () => outbox?.nudge());
    const auth = await createAuth({
      store,
      config,
      clock,
      hasher,
      passwordPolicy,
      secretBox,
      mailQueue,
    });
    startJobs(auth);
    const close = async () => {
      auth.close();
      await release();
    };
    return { auth, store, close };
  } catch (error) {
    await release();
    throw error;
  }
};

/** A database that is unavailable is no fault of this server. */
const levelOf = (error: unknown) => (isDatabaseUnavailable(error) ? 'warn' : 'error');

const createRange = (config: Config, log: Logger): LeakedPasswordsRange | undefined =>
  config.leakedPasswordsUrl === undefined
    ? undefined
    : createLeakedPasswordsRange({
        url: config.leakedPasswordsUrl,
        timeoutSeconds: config.leakedPasswordsTimeoutSeconds,
        fail: config.leakedPasswordsFail,
        onFailure: (err) => {
          log.warn({ err }, 'the leaked-passwords service was of no use');
        },
      });

const openDatabase = (config: Config, log: Logger, hasDeadlines: boolean): Promise<Store> =>
  openStore({
    ...config,
    hasDeadlines,
    directUrl: config.databaseDirectUrl,
    log: (message, fields) => {
      log.info(fields ?? {}, message);
    },
  });
