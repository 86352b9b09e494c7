import type { ApplicationMails } from '../mail/application-mails.js';
import type { EmailMessage } from '../mail/email-message.js';
import type { MailQueue } from '../mail/mail-queue.js';
import type { Rows, Store, TransactionRows } from '../store/store.js';
import { parseEmailAddress } from '../values/email-address.js';
import { isUuid, uuidv7 } from '../values/uuid.js';
import type { PrincipalCache } from './access/principal-cache.js';
import {
  createEventfulWrites,
  createEventList,
  type CreatedUser,
  type EventfulWrites,
} from './audit/eventful-writes.js';
import { recordEvents, type Actor, type SecurityEvent } from './audit/security-events.js';
import type { EnqueueOptions, JobQueue } from './job-queue.js';

/** The row functions without those that have an eventful form, and without the function that adds events. */
type PlainRows = {
  readonly [Table in Exclude<keyof Rows, 'securityEvents'>]: Table extends keyof EventfulWrites
    ? Omit<Rows[Table], keyof EventfulWrites[Table]>
    : Rows[Table];
} & { readonly securityEvents: Omit<Rows['securityEvents'], 'add'> };

/** One transaction of a flow, with its events, emails and cache invalidations. */
export type UnitOfWork = PlainRows &
  Pick<TransactionRows, 'application'> &
  EventfulWrites & {
    /** The time at which the unit of work began. */
    readonly now: Date;
    /** Generates a UUIDv7. */
    readonly newId: () => string;
    readonly audit: {
      /** Records an event when the work is complete. The same event object is recorded only once. */
      readonly record: (event: SecurityEvent) => void;
    };
    readonly mail: {
      /**
       * Queues an email, in the recipient's language if set. Otherwise it is in the language that the actor's client prefers,
       * unless the actor is known to be another user than the recipient: then it is in English.
       */
      readonly send: (recipient: Recipient, message: EmailMessage['message']) => Promise<void>;
      /**
       * Queues a mail of the application. Returns false, and sends nothing, if there is no such user.
       *
       * @throws Error when there is no such mail, its values do not fit, or the address is malformed
       */
      readonly sendApplicationMail: (
        recipient: MailRecipient,
        mail: string,
        values: Readonly<Record<string, string>>,
      ) => Promise<boolean>;
    };
    readonly jobs: {
      /** Queues a job of the application. @throws Error when there is no such job, or the payload is not JSON of at most 4 MiB */
      readonly enqueue: (job: string, payload: unknown, options?: EnqueueOptions) => Promise<void>;
    };
    readonly principals: {
      /** Invalidates the cached principals of a user after the commit. The eventful writes do so themselves. */
      readonly changed: (userId: string) => void;
    };
  };

/**
 * Runs a unit of work for an actor and returns its result.
 *
 * The events, the queued emails and the changes are in one transaction: either all of them happen or none. Once it has
 * ended, the principals that it changed are invalidated before the caller can respond, and the mail queue and the job queue are
 * woken. A unit of work that conflicts with another one is run again, so it must have no effect except through `tx`.
 *
 * @throws StoreUnavailable as `Store.transaction` does
 */
export type Change = <T>(actor: Actor, work: (tx: UnitOfWork) => Promise<T>) => Promise<T>;

/** Called once in each unit of work that created users, when its work is done. */
export type OnUsersCreated = (tx: UnitOfWork, users: readonly CreatedUser[]) => Promise<void>;

export interface UnitOfWorkOptions {
  readonly store: Pick<Store, 'transaction'>;
  readonly mailQueue: MailQueue;
  readonly jobQueue: JobQueue;
  readonly applicationMails: Pick<ApplicationMails, 'messageOf'>;
  readonly principals: Pick<PrincipalCache, 'forget'>;
  readonly clock: () => Date;
  /** Absent if the application has no hook for it. */
  readonly onUsersCreated?: OnUsersCreated | undefined;
}

/** Who receives an email. `id` is absent if the address belongs to nobody yet. */
interface Recipient {
  readonly id?: string;
  readonly email: string;
  readonly locale: string | null;
}

/**
 * Who receives a mail of the application: a user, or an address that need not belong to one. The locale is a BCP 47 tag; null or
 * absent if the recipient's language is not known.
 */
export type MailRecipient = { readonly userId: string } | { readonly email: string; readonly locale?: string | null };

/** The work that is collected during the transaction and done after it. */
interface PostCommit {
  readonly changedUsers: Set<string>;
  hasMail: boolean;
  hasJob: boolean;
}

export const createChange = (options: UnitOfWorkOptions): Change => {
  const { store, mailQueue, jobQueue, applicationMails, principals, clock, onUsersCreated } = options;

  const createUnitOfWork = (rows: TransactionRows, actor: Actor, postCommit: PostCommit) => {
    const now = clock();
    const newId = () => uuidv7(now);
    const events = createEventList();
    const createdUsers: CreatedUser[] = [];
    const changed = (userId: string) => {
      postCommit.changedUsers.add(userId);
    };
    const send: UnitOfWork['mail']['send'] = async (recipient, message) => {
      const locale = recipient.locale ?? languageFor(recipient, actor);
      await mailQueue.enqueue(rows, newId(), { to: recipient.email, locale, message });
      postCommit.hasMail = true;
    };
    const tx: UnitOfWork = {
      ...rows,
      ...createEventfulWrites(rows, events, changed, (users) => createdUsers.push(...users)),
      now,
      newId,
      audit: { record: events.record },
      mail: {
        send,
        async sendApplicationMail(recipient, mail, values) {
          const message = applicationMails.messageOf(mail, values);
          const found = await findRecipient(rows, recipient);
          if (found) await send(found, message);
          return found !== undefined;
        },
      },
      jobs: {
        async enqueue(job, payload, options) {
          await jobQueue.enqueue(rows, newId(), job, payload, options);
          postCommit.hasJob = true;
        },
      },
      principals: { changed },
    };
    const complete = async () => {
      if (createdUsers.length > 0) await onUsersCreated?.(tx, createdUsers);
      await recordEvents(rows, now, actor, events.recorded());
    };
    return { tx, complete };
  };

  return async (actor, work) => {
    const postCommit: PostCommit = { changedUsers: new Set(), hasMail: false, hasJob: false };
    try {
      return await store.transaction(async (rows) => {
        const { tx, complete } = createUnitOfWork(rows, actor, postCommit);
        const result = await work(tx);
        await complete();
        return result;
      });
    } finally {
      // Also after a failure, because the response to COMMIT may be lost although the database has committed.
      for (const userId of postCommit.changedUsers) principals.forget(userId);
      if (postCommit.hasMail) mailQueue.nudge();
      if (postCommit.hasJob) jobQueue.nudge();
    }
  };
};

/** @throws Error when the address is malformed */
const findRecipient = async (rows: Rows, recipient: MailRecipient): Promise<Recipient | undefined> => {
  if ('userId' in recipient) return isUuid(recipient.userId) ? rows.users.find(recipient.userId) : undefined;
  const address = parseEmailAddress(recipient.email);
  if (!address) throw new Error('The recipient of a mail is not an email address.');
  return { email: address.spelling, locale: recipient.locale ?? null };
};

/** The language of the actor's client, if the actor may be the recipient. */
const languageFor = ({ id }: Recipient, actor: Actor): string | null => {
  const isOther = actor.kind === 'user' && actor.userId !== id;
  return 'client' in actor && !isOther ? actor.client.language : null;
};
