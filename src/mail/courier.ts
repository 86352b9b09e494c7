import type { SecretBox } from '../security/secret-box.js';
import type { OutboxEntry } from '../store/outbox.js';
import type { Rows, Store } from '../store/store.js';
import type { Letter } from './letter.js';
import type { Messages } from './messages.js';
import { MAIL_TOPIC, open, post } from './outbox.js';
import type { MailTransport } from './transport.js';

/** Takes letters. */
export interface Courier {
  /** Puts a letter into the outbox, in the transaction that causes it. `id` is a UUID of its own. */
  post(tx: Rows, id: string, letter: Letter): Promise<void>;
  /** Has the outbox looked into soon. Called after a commit; never waits for the mail. */
  nudge(): void;
}

/** What a delivery works with. `onLink` is told of each link that was sent, for the terminal of a developer. */
export interface DeliveryOptions {
  readonly store: Store;
  readonly secretBox: SecretBox;
  readonly transport: MailTransport;
  readonly messages: Pick<Messages, 'write'>;
  readonly onError: (error: unknown, entry: Pick<OutboxEntry, 'id' | 'attempts'>) => void;
  readonly onLink?: ((link: string) => void) | undefined;
}

const BATCH = 10;
const RETRY_AFTER_SECONDS = 30;

export const createCourier = (secretBox: SecretBox, nudge: () => void): Courier => ({
  post: (tx, id, letter) => post(tx, secretBox, id, letter),
  nudge,
});

/**
 * Makes what carries the mails that are due to their destination, and counts those that arrived. Any number of instances
 * may run it over the same outbox: each entry is claimed by one of them, and comes round again if that one dies or its
 * mail server refuses, so a mail arrives at least once.
 */
export const createDelivery = ({ store, secretBox, transport, messages, onError, onLink }: DeliveryOptions) => {
  const deliver = async (entry: OutboxEntry): Promise<number> => {
    try {
      const letter = open(secretBox, entry);
      const { subject, text, html, link } = messages.write(letter);
      await transport.send({ id: entry.id, to: letter.to, subject, text, html });
      await store.outbox.remove(entry.id);
      if (link) onLink?.(link);
      return 1;
    } catch (error) {
      onError(error, entry);
      return 0;
    }
  };

  return async (): Promise<number> => {
    for (let arrived = 0; ;) {
      const entries = await store.outbox.claim(MAIL_TOPIC, BATCH, RETRY_AFTER_SECONDS);
      for (const one of await Promise.all(entries.map(deliver))) arrived += one;
      if (entries.length < BATCH) return arrived;
    }
  };
};
