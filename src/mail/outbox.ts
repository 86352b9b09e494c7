import type { SecretBox } from '../security/secret-box.js';
import type { OutboxEntry } from '../store/outbox.js';
import type { Rows } from '../store/store.js';
import type { Letter } from './letter.js';

/** The outbox's topic for mail. */
export const MAIL_TOPIC = 'mail';

/** Long enough for an operator to come back from a holiday; then what is said about somebody is gone. */
const DEAD_LETTER_SECONDS = 30 * 24 * 60 * 60;

/** Removes dead letters that nobody has tried again, `limit` at a time, and counts them. */
export const deadLetterExpiry = (tx: Rows, limit: number): Promise<number> =>
  tx.outbox.removeDead(limit, DEAD_LETTER_SECONDS);

const contextOf = (id: string) => ['outbox', MAIL_TOPIC, id];

/**
 * Puts a letter into the outbox, in the transaction that causes it: no account without its mail, no mail without its
 * account. The letter is sealed, because the token in it opens an account to whoever reads the table.
 */
export const post = async (tx: Rows, box: SecretBox, id: string, letter: Letter): Promise<void> => {
  const sealed = box.seal(Buffer.from(JSON.stringify(letter)), contextOf(id));
  await tx.outbox.add({ id, topic: MAIL_TOPIC, payload: { sealed } });
};

/** Opens a letter again. @throws Error when the entry is not one that `post` made */
export const open = (box: SecretBox, { id, payload }: Pick<OutboxEntry, 'id' | 'payload'>): Letter => {
  const sealed = payload !== null && typeof payload === 'object' && 'sealed' in payload ? payload['sealed'] : undefined;
  if (typeof sealed !== 'string') throw new Error('an outbox entry without a letter');
  return JSON.parse(box.open(sealed, contextOf(id)).toString()) as Letter;
};
