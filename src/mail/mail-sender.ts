import type { SecretBox } from '../security/secret-box.js';
import type { QueueEntry } from '../store/tables/queue-entries.js';
import type { Store } from '../store/store.js';
import { failureOf, Unsendable, type DeliveryFailure } from './delivery-failure.js';
import type { EmailMessage } from './email-message.js';
import type { EmailComposer, ComposedEmail } from './compose.js';
import { MAIL_TOPIC, openQueuedMail } from './queued-mail.js';
import type { MailTransport } from './transport.js';

/** One mail that did not arrive, for the log: neither to whom nor what. */
export interface Undelivered {
  readonly id: string;
  readonly attempts: number;
  readonly failure: string;
  /** Whether it was given up. */
  readonly dead: boolean;
}

/** What a delivery works with. */
export interface MailSenderOptions {
  readonly store: Store;
  readonly secretBox: SecretBox;
  readonly transport: MailTransport;
  readonly messages: Pick<EmailComposer, 'write'>;
  /** Called when a lane is free and the server answers, so that the next run comes soon. */
  readonly onFree: () => void;
  readonly onFailure: (failed: Undelivered) => void;
  /** The database did not take what became of a mail. Its lease ends, and it is sent again. */
  readonly onError: (error: unknown, id: string) => void;
  /** Told of each link that was sent, for the terminal of a developer. */
  readonly onLink?: ((link: string) => void) | undefined;
  /** The longest that one mail may take; 30 by default. */
  readonly sendSeconds?: number;
  /** A number from 0 to 1, for the jitter. */
  readonly random?: () => number;
}

/** Carries mails. */
export interface MailSender {
  /** Begins to send what is due, as far as there are lanes, and answers how many arrived since the last run. Waits for none. */
  readonly run: () => Promise<number>;
  /** After the last run: gives what is under way three more seconds, and the rest back to the outbox. */
  readonly close: () => Promise<void>;
}

/** Mails at once. Each is a connection; mail providers take a handful from one customer. */
export const LANES = 5;

const SEND_SECONDS = 30;
/** What a lease has beyond the longest send: for the statements before and after it. */
const MARGIN_SECONDS = 30;
const CLOSE_MS = 3_000;

/** The last attempt is about a day after the first: by then no link in a mail works any more. */
export const MAX_ATTEMPTS = 56;

/** How long to wait after an attempt, the first of which is 1: 5 seconds, doubled until it is half an hour. */
export const backoffSeconds = (attempts: number) => Math.min(5 * 2 ** (attempts - 1), 1800);

/**
 * Makes what carries the mails that are due to their destination. Any number of instances may run it over the same outbox:
 * each entry is leased to one of them for longer than a send can last, and comes round again if that one dies. A mail
 * arrives at least once, and a copy bears the same Message-ID.
 *
 * Mails go side by side, so that one that hangs holds up its lane alone and is cut off in the end. When the server itself is
 * away, what is due is left alone but for one mail at a time that tries: the others lose no attempts, wait for no backoff,
 * and go out as soon as one of them has.
 */
export const createMailSender = (options: MailSenderOptions): MailSender => {
  const { store, secretBox, transport, messages, onFree, onFailure, onError, onLink } = options;
  const { sendSeconds = SEND_SECONDS, random = Math.random } = options;
  const sending = new Map<AbortController, Promise<void>>();
  let serverIsAway = false;
  let closed = false;
  let arrived = 0;

  const send = async (entry: QueueEntry, signal: AbortSignal): Promise<DeliveryFailure | ComposedEmail> => {
    try {
      const { to, written } = prepare(entry);
      await transport.send({ id: entry.id, to, ...written }, signal);
      return written;
    } catch (error) {
      return failureOf(error);
    }
  };

  const prepare = (entry: QueueEntry): { to: string; written: ComposedEmail } => {
    const letter = attempt((): EmailMessage => openQueuedMail(secretBox, entry), 'UNREADABLE');
    return { to: letter.to, written: attempt(() => messages.write(letter), 'UNWRITABLE') };
  };

  const fail = (entry: QueueEntry, { code, permanent }: DeliveryFailure): Promise<void> => {
    if (closed) return store.queueEntries.giveBack(entry);
    const dead = permanent || entry.attempts >= MAX_ATTEMPTS;
    onFailure({ id: entry.id, attempts: entry.attempts, failure: code, dead });
    if (dead) return store.queueEntries.bury(entry, code);
    return store.queueEntries.postpone(entry, code, backoffSeconds(entry.attempts) * (0.75 + random() / 2));
  };

  const deliver = async (entry: QueueEntry, limit: AbortController): Promise<void> => {
    const timer = setTimeout(() => {
      limit.abort();
    }, sendSeconds * 1000);
    const outcome = await send(entry, limit.signal);
    clearTimeout(timer);
    serverIsAway = 'code' in outcome && outcome.concerns === 'server';
    try {
      if ('code' in outcome) {
        await fail(entry, outcome);
      } else {
        await store.queueEntries.remove(entry.id);
        arrived += 1;
        if (outcome.link) onLink?.(outcome.link);
      }
    } catch (error) {
      onError(error, entry.id);
    }
  };

  const begin = (entry: QueueEntry) => {
    const limit = new AbortController();
    const delivered = deliver(entry, limit).then(() => {
      sending.delete(limit);
      if (!serverIsAway) onFree();
    });
    sending.set(limit, delivered);
  };

  return {
    async run() {
      for (;;) {
        const free = (serverIsAway ? 1 : LANES) - sending.size;
        if (free <= 0) break;
        const entries = await store.queueEntries.claim(MAIL_TOPIC, free, sendSeconds + MARGIN_SECONDS);
        entries.forEach(begin);
        if (entries.length < free) break;
      }
      const count = arrived;
      arrived = 0;
      return count;
    },
    async close() {
      closed = true;
      const all = Promise.all(sending.values());
      const timer = setTimeout(() => {
        for (const limit of sending.keys()) limit.abort();
      }, CLOSE_MS);
      await all;
      clearTimeout(timer);
    },
  };
};

/** What went wrong in reading a letter may quote it, so that only its code is told. */
const attempt = <T>(work: () => T, code: Unsendable['code']): T => {
  try {
    return work();
  } catch {
    throw new Unsendable(code);
  }
};
