/** What the flows report, as lines of the log for the operator. */
import type { Logger } from 'pino';

import type { ListenerReports } from '../auth/access/notice-listener.js';
import type { HookReports } from '../auth/application/application-parts.js';
import type { FailedJob, JobReports } from '../auth/application/job-worker.js';
import { isDatabaseUnavailable } from '../auth/database-errors.js';
import { OperatorError } from '../errors.js';
import type { MailSenderOptions } from '../mail/mail-sender.js';
import { StoreUnavailable } from '../store/errors.js';
import type { BurstLog } from './burst-log.js';

/** Logs a failure of work that is done without a request. */
type LogFailure = (error: unknown, fields: object, message: string) => void;

/** An unavailable database is not a fault of this server. */
export const createFailureLog =
  (log: Logger, burstLog: BurstLog): LogFailure =>
  (err, fields, message) => {
    if (isDatabaseUnavailable(err)) burstLog.warn({ err, ...fields }, message);
    else log.error({ err, ...fields }, message);
  };

export const mailReports = (
  log: Logger,
  burstLog: BurstLog,
  logFailure: LogFailure,
): Pick<MailSenderOptions, 'onFailure' | 'onError'> => ({
  onFailure: ({ dead, ...undelivered }) => {
    if (dead) log.error(undelivered, 'email was given up: fix the cause, then run the command `outbox retry`');
    else burstLog.warn(undelivered, 'email was not delivered and will be retried', undelivered.failure);
  },
  onError: (err, id) => {
    logFailure(err, { id }, 'the delivery of an email was not recorded, so the email is sent again');
  },
});

export const jobReports = (log: Logger, logFailure: LogFailure): Pick<JobReports, 'onFailure' | 'onUnrecorded'> => ({
  onFailure: ({ error, dead, ...failed }: FailedJob) => {
    if (dead)
      log.error(
        { err: error, ...failed },
        'job of the application was given up: fix the cause, then run the command `outbox retry`',
      );
    else logFailure(error, failed, 'job of the application failed and will be retried');
  },
  onUnrecorded: (err, id) => {
    logFailure(err, { id }, 'the end of a job of the application was not recorded, so the job runs again');
  },
});

export const hookReports = (log: Logger, burstLog: BurstLog, logFailure: LogFailure): HookReports => ({
  onClaimsKept: (err) => {
    const hook = 'accessTokenClaims';
    burstLog.warn({ err, hook }, `hook ${hook} failed, and sessions keep their last good claims`);
  },
  onErasureFailure: ({ error, dead, ...failed }) => {
    const hook = 'userErased';
    if (dead)
      log.error(
        { err: error, hook, ...failed },
        `hook ${hook} was given up: fix the cause, then run the command \`outbox retry\``,
      );
    else logFailure(error, { hook, ...failed }, `hook ${hook} failed and will run again`);
  },
  onUnrecorded: (err, id) => {
    logFailure(err, { hook: 'userErased', id }, 'the failure of a hook was not recorded, so the hook runs again');
  },
});

export const clockReport = (log: Logger) => (offsetSeconds: number) => {
  log.warn(
    { offsetSeconds },
    'the clocks of this machine and of the database differ by more than five seconds: synchronize them',
  );
};

export const listenerReports = (log: Logger): ListenerReports => ({
  onSilence: (error) => {
    log.warn(
      { reason: silenceReason(error) },
      'this instance receives no notices of revocations, and reads the session from the database on every request',
    );
  },
  onRecovery: () => {
    log.info('this instance receives notices of revocations again');
  },
});

/** The messages of these errors are for the operator and contain no value. */
const silenceReason = (error: unknown): string =>
  error instanceof StoreUnavailable || error instanceof OperatorError
    ? error.message
    : 'DATABASE_URL, or DATABASE_DIRECT_URL if it is set, does not deliver notices: it may lead to a pooler or to another server.';
