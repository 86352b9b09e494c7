import type { JobName, JobPayloads, MailName, MailValues } from '../../values/application-types.js';
import type { EnqueueOptions } from '../job-queue.js';
import type { MailRecipient, UnitOfWork } from '../unit-of-work.js';

/** Sends the mails of src/app/mails/mails.ts. */
export interface ApplicationMailer {
  /**
   * Queues a mail, in the recipient's language if it is known and the mail has it, otherwise in that of the request or in English.
   * A user who does not exist (any more) gets none: the result is then false.
   */
  readonly send: <N extends MailName>(recipient: MailRecipient, mail: N, values: MailValues[N]) => Promise<boolean>;
}

/** One transaction of the application: what is written, queued and sent in it happens together or not at all. */
export interface ApplicationTx {
  /**
   * Queues a job of src/app/jobs.ts, which is run at least once after the commit.
   *
   * @throws Error when there is no such job, or the payload is not JSON
   */
  readonly enqueue: <N extends JobName>(job: N, payload: JobPayloads[N], options?: EnqueueOptions) => Promise<void>;
  readonly mail: ApplicationMailer;
}

/** Returns what the code of an application gets of a unit of work: no row of ours, no event and no secret. */
export const applicationTxOf = ({ mail, jobs }: Pick<UnitOfWork, 'mail' | 'jobs'>): ApplicationTx => ({
  enqueue: (job, payload, options) => jobs.enqueue(job, payload, options),
  mail: { send: (recipient, name, values) => mail.sendApplicationMail(recipient, name, values) },
});
