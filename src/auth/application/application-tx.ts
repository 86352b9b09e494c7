import type { ApplicationModels } from '../../store/application-client.js';
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

/**
 * One transaction of the application: its writes, jobs and mails happen together or not at all. Its members are the
 * models of prisma/schema/app.prisma and User, as in `tx.project.create({ data: … })`, and these two.
 */
export type ApplicationTx = ApplicationModels & {
  /**
   * Queues a job of src/app/jobs.ts, which is run at least once after the commit.
   *
   * @throws Error when there is no such job, or the payload is not JSON of at most 4 MiB
   */
  readonly enqueue: <N extends JobName>(job: N, payload: JobPayloads[N], options?: EnqueueOptions) => Promise<void>;
  readonly mail: ApplicationMailer;
};

/**
 * Runs code of the application in a unit of work, of which it reaches no row of ours, no event and no secret.
 *
 * @param signal when it is aborted, the work has failed, even if it never returns
 */
export const inApplicationTx = <T>(
  { mail, jobs, application }: Pick<UnitOfWork, 'mail' | 'jobs' | 'application'>,
  work: (tx: ApplicationTx) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> =>
  application.join(
    (models) =>
      work(
        Object.freeze<ApplicationTx>({
          ...models,
          enqueue: (job, payload, options) => jobs.enqueue(job, payload, options),
          mail: Object.freeze<ApplicationMailer>({
            send: (recipient, name, values) => mail.sendApplicationMail(recipient, name, values),
          }),
        }),
      ),
    signal,
  );
