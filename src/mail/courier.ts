import type { SecretBox } from '../security/secret-box.js';
import type { OutboxEntry } from '../store/outbox.js';
import type { Rows, Store } from '../store/store.js';
import type { Letter } from './letter.js';
import { write } from './messages.js';
import { MAIL_TOPIC, open, post } from './outbox.js';
import type { MailTransport } from './transport.js';

/** Carries what is in the outbox to its destination. */
export interface Courier {
  /** Puts a letter into the outbox, in the transaction that causes it. `id` is a UUID of its own. */
  post(tx: Rows, id: string, letter: Letter): Promise<void>;
  /** Looks into the outbox soon. Called after a commit; never waits for the mail. */
  nudge(): void;
  /** Stops looking, and waits for what is under way. */
  close(): Promise<void>;
}

/** What a courier works with. `onLink` is told of each link that was sent, for the terminal of a developer. */
export interface CourierOptions {
  readonly store: Store;
  readonly secretBox: SecretBox;
  readonly transport: MailTransport;
  readonly appUrl: string;
  /** Posts only, and leaves delivery to others. */
  readonly isIdle: boolean;
  readonly onError: (error: unknown, entry?: Pick<OutboxEntry, 'id' | 'attempts'>) => void;
  readonly onLink: ((link: string) => void) | undefined;
}

const BATCH = 10;
const POLL_MS = 2000;
const RETRY_AFTER_SECONDS = 30;

/**
 * Starts a courier. Any number of instances may run one over the same outbox: each entry is claimed by one of them, and
 * comes round again if that one dies or its mail server refuses, so a mail arrives at least once.
 */
export const startCourier = ({
  store,
  secretBox,
  transport,
  appUrl,
  isIdle,
  onError,
  onLink,
}: CourierOptions): Courier => {
  let closed = isIdle;
  let wanted = false;
  let round: Promise<void> | undefined;

  const deliver = async (entry: OutboxEntry): Promise<void> => {
    try {
      const { to, message } = open(secretBox, entry);
      const { subject, text, html, link } = write(message, appUrl);
      await transport.send({ id: entry.id, to, subject, text, html });
      await store.outbox.remove(entry.id);
      if (link) onLink?.(link);
    } catch (error) {
      onError(error, entry);
    }
  };

  const deliverAll = async (): Promise<void> => {
    for (;;) {
      const entries = await store.outbox.claim(MAIL_TOPIC, BATCH, RETRY_AFTER_SECONDS);
      await Promise.all(entries.map(deliver));
      if (entries.length < BATCH || closed) return;
    }
  };

  const look = (): void => {
    wanted = true;
    if (round || closed) return;
    wanted = false;
    round = deliverAll()
      .catch((error: unknown) => {
        onError(error);
      })
      .finally(() => {
        round = undefined;
        if (wanted) look();
      });
  };

  const timer = setInterval(look, POLL_MS);
  timer.unref();
  look();
  return {
    post: (tx, id, letter) => post(tx, secretBox, id, letter),
    nudge: look,
    async close() {
      closed = true;
      clearInterval(timer);
      await round;
      transport.close();
    },
  };
};
