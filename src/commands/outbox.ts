import { recordEvent } from '../auth/audit/security-events.js';
import type { Config } from '../config/config.js';
import { MAIL_TOPIC, openQueuedMail } from '../mail/mail-queue.js';
import { createSecretBox, type SecretBox } from '../security/secret-box.js';
import { isUuid } from '../values/uuid.js';
import type { QueueEntryRecord } from '../store/tables/queue-entries.js';
import type { Store } from '../store/store.js';
import { CommandError, operator } from './users.js';

/** What may be known of an entry: what it is and how it fares, not for whom it is nor what secret is in it. */
export interface Waiting {
  readonly id: string;
  readonly topic: string;
  /** What kind of mail it is; null when it does not open under ENCRYPTION_KEYS, or is no mail. */
  readonly template: string | null;
  readonly attempts: number;
  readonly lastFailure: string | null;
  readonly createdAt: Date;
  /** When it is tried again; null when it is dead. */
  readonly deliverAfter: Date | null;
  readonly deadAt: Date | null;
}

const PAGE = 100;

/** Everything in the outbox, page by page, the oldest first. */
export async function* allWaiting(store: Store, config: Pick<Config, 'encryptionKeys'>): AsyncGenerator<Waiting> {
  const secretBox = createSecretBox(config.encryptionKeys);
  let after: string | null = null;
  for (;;) {
    const page: QueueEntryRecord[] = await store.queueEntries.list(PAGE, after);
    for (const entry of page) yield waitingOf(entry, secretBox);
    after = page.at(-1)?.id ?? null;
    if (page.length < PAGE) return;
  }
}

const waitingOf = (entry: QueueEntryRecord, secretBox: SecretBox): Waiting => {
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
    return openQueuedMail(secretBox, entry).message.template;
  } catch {
    return null;
  }
};

/** One line for people: id, what it is, since when, how often it was tried, why it failed, what is next. */
export const formatOutboxEntry = ({
  id,
  topic,
  template,
  attempts,
  lastFailure,
  createdAt,
  deliverAfter,
  deadAt,
}: Waiting) => {
  const next = deadAt ? `dead since ${deadAt.toISOString()}` : `due ${deliverAfter?.toISOString() ?? ''}`;
  const what = (template ?? topic).padEnd(22);
  return `${id}  ${what}  ${createdAt.toISOString()}  ${String(attempts).padStart(2)}  ${(lastFailure ?? '-').padEnd(14)}  ${next}`;
};

/**
 * Makes due again what failed, one entry or all of it, on record under the operator's name; answers what was done, in words.
 *
 * @throws CommandError when it is not clear what is meant, or there is no such entry
 */
export const retryOutbox = async (store: Store, id: string | undefined, all: boolean): Promise<string> => {
  if ((id === undefined) !== all) throw new CommandError('Give either the id of an entry or --all.');
  if (id !== undefined && !isUuid(id)) throw new CommandError('This is no id. See: outbox list.');
  const count = await store.transaction(async (tx) => {
    const retried = await tx.queueEntries.retry(id ?? null);
    const detail = { count: retried, ...(id === undefined ? {} : { entry: id }) };
    if (retried > 0) await recordEvent(tx, new Date(), operator(), { type: 'OUTBOX_RETRIED', detail });
    return retried;
  });
  if (id !== undefined && count === 0) throw new CommandError('There is no such entry, or it has not failed.');
  return count === 0 ? 'Nothing has failed.' : `${count} to be tried again.`;
};
