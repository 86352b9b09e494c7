import { MAIL_TOPIC, openQueuedMail } from '../../mail/mail-queue.js';
import type { SecretBox } from '../../security/secret-box.js';
import type { Store } from '../../store/store.js';
import type { QueueEntryRecord } from '../../store/tables/queue-entries.js';
import type { Operator } from '../administrators/administrator.js';
import type { Change } from '../unit-of-work.js';

/** A queued entry as an operator may see it: its kind and its state, never its recipient or its secrets. */
export interface QueuedEntry {
  readonly id: string;
  readonly topic: string;
  /** The kind of email; null when the entry does not open under ENCRYPTION_KEYS, or is not an email. */
  readonly template: string | null;
  readonly attempts: number;
  readonly lastFailure: string | null;
  readonly createdAt: Date;
  /** The time of the next attempt; null when the entry is dead. */
  readonly deliverAfter: Date | null;
  readonly deadAt: Date | null;
}

export interface QueuedMailOptions {
  readonly change: Change;
  readonly store: Pick<Store, 'queueEntries'>;
  readonly secretBox: SecretBox;
}

/** Lists and retries unsent email, for operators. */
export const createQueuedMail = ({ change, store, secretBox }: QueuedMailOptions) => ({
  /** Returns at most `limit` entries that follow the entry `after`, oldest first, including dead letters. */
  async list(limit: number, after: string | null): Promise<QueuedEntry[]> {
    const entries = await store.queueEntries.list(limit, after);
    return entries.map((entry) => queuedEntryOf(entry, secretBox));
  },

  /** Makes one failed entry, or all if `id` is null, due again with all attempts. Returns the number of entries. */
  async retry(id: string | null, actor: Operator): Promise<number> {
    return change(actor, async (tx) => {
      const count = await tx.queueEntries.retry(id);
      const detail = { count, ...(id === null ? {} : { entry: id }) };
      if (count > 0) tx.audit.record({ type: 'OUTBOX_RETRIED', detail });
      return count;
    });
  },
});

const queuedEntryOf = (entry: QueueEntryRecord, secretBox: SecretBox): QueuedEntry => {
  const { id, topic, attempts, lastFailure, createdAt, deliverAfter, deadAt } = entry;
  const template = topic === MAIL_TOPIC ? templateOf(entry, secretBox) : null;
  return {
    id,
    topic,
    template,
    attempts,
    lastFailure,
    createdAt,
    deliverAfter: deadAt === null ? deliverAfter : null,
    deadAt,
  };
};

const templateOf = (entry: QueueEntryRecord, secretBox: SecretBox): string | null => {
  try {
    const { message } = openQueuedMail(secretBox, entry);
    return message.template === 'application' ? message.mail : message.template;
  } catch {
    return null;
  }
};
