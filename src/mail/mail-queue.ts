import type { SecretBox } from '../security/secret-box.js';
import type { Rows } from '../store/store.js';
import type { EmailMessage } from './email-message.js';
import { enqueueMail } from './queued-mail.js';

/** Takes letters. */
export interface MailQueue {
  /** Puts a letter into the outbox, in the transaction that causes it. `id` is a UUID of its own. */
  enqueue(tx: Rows, id: string, letter: EmailMessage): Promise<void>;
  /** Has the outbox looked into soon. Called after a commit; never waits for the mail. */
  nudge(): void;
}

export const createMailQueue = (secretBox: SecretBox, nudge: () => void): MailQueue => ({
  enqueue: (tx, id, letter) => enqueueMail(tx, secretBox, id, letter),
  nudge,
});
