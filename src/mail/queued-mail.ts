import { openPayload, sealPayload } from '../security/sealed-payload.js';
import type { SecretBox } from '../security/secret-box.js';
import type { QueueEntry } from '../store/tables/queue-entries.js';
import type { Rows } from '../store/store.js';
import type { EmailMessage } from './email-message.js';

/** The outbox's topic for mail. */
export const MAIL_TOPIC = 'mail';

/** Long enough for an operator to come back from a holiday; then what is said about somebody is gone. */
const DEAD_LETTER_SECONDS = 30 * 24 * 60 * 60;

/** Removes dead letters that nobody has tried again, `limit` at a time, and counts them. */
export const deadLetterExpiry = (tx: Rows, limit: number): Promise<number> =>
  tx.queueEntries.removeDead(limit, DEAD_LETTER_SECONDS);

/**
 * Puts a letter into the outbox, in the transaction that causes it: no account without its mail, no mail without its
 * account. The letter is sealed, because the token in it opens an account to whoever reads the table.
 */
export const enqueueMail = async (tx: Rows, box: SecretBox, id: string, letter: EmailMessage): Promise<void> => {
  const place = { id, topic: MAIL_TOPIC };
  await tx.queueEntries.add({ ...place, payload: sealPayload(box, place, letter) });
};

/** Opens a letter again. @throws Error when the entry is not one that `post` made */
export const openQueuedMail = (box: SecretBox, { id, payload }: Pick<QueueEntry, 'id' | 'payload'>): EmailMessage =>
  openPayload(box, { id, topic: MAIL_TOPIC }, payload) as EmailMessage;
