import { openPayload, sealPayload } from '../security/sealed-payload.js';
import type { SecretBox } from '../security/secret-box.js';
import type { Rows } from '../store/store.js';
import type { QueueEntry } from '../store/tables/queue-entries.js';
import type { EmailMessage } from './email-message.js';
import { DEAD_MAIL_RETENTION_SECONDS } from '../values/policy.js';

/** The topic of emails in the queue's table. */
export const MAIL_TOPIC = 'mail';

export interface MailQueue {
  /**
   * Queues a message in the transaction that causes it: no account exists without its email, and no email without its
   * account. The message is sealed, because its token would give anyone who can read the table access to an account.
   *
   * @param id a UUID that nothing else has
   */
  enqueue(tx: Rows, id: string, message: EmailMessage): Promise<void>;
  /** Makes the mail sender check the queue soon. Called after a commit; never waits for the email. */
  nudge(): void;
}

/** @param nudge runs the mail sender of this process, if it has one */
export const createMailQueue = (secretBox: SecretBox, nudge: () => void): MailQueue => ({
  async enqueue(tx, id, message) {
    const place = { id, topic: MAIL_TOPIC };
    await tx.queueEntries.add({ ...place, payload: sealPayload(secretBox, place, message) });
  },
  nudge,
});

/** @throws Error when the entry is not an email, or does not open under ENCRYPTION_KEYS */
export const openQueuedMail = (
  secretBox: SecretBox,
  { id, payload }: Pick<QueueEntry, 'id' | 'payload'>,
): EmailMessage => openPayload(secretBox, { id, topic: MAIL_TOPIC }, payload) as EmailMessage;

/** Removes up to `limit` expired dead letters, and returns their number. */
export const removeDeadLetters = (tx: Rows, limit: number): Promise<number> =>
  tx.queueEntries.removeDead(limit, DEAD_MAIL_RETENTION_SECONDS);
