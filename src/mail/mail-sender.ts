import type { SecretBox } from '../security/secret-box.js';
import { createQueueWorker, createTopicSource } from '../store/queue-worker.js';
import type { Store } from '../store/store.js';
import type { QueueEntry } from '../store/tables/queue-entries.js';
import type { ComposedEmail, EmailComposer } from './compose.js';
import { deliveryFailureOf, Unsendable } from './delivery-failure.js';
import { MAIL_TOPIC, openQueuedMail } from './mail-queue.js';
import type { MailTransport } from './transport.js';
import { MAIL_ATTEMPTS_MAX, MAIL_CONCURRENCY, MAIL_SEND_SECONDS } from '../values/policy.js';

/** An email that was not delivered, for the log: without its recipient and its content. */
export interface UndeliveredMail {
  readonly id: string;
  readonly attempts: number;
  /** The code of a DeliveryFailure. */
  readonly failure: string;
  /** Whether it is now a dead letter. */
  readonly dead: boolean;
}

/** An email that was sent. */
export interface SentEmail extends Pick<ComposedEmail, 'subject' | 'link'> {
  readonly to: string;
}

export interface MailSenderOptions {
  readonly store: Store;
  readonly secretBox: SecretBox;
  readonly transport: MailTransport;
  readonly composer: Pick<EmailComposer, 'compose'>;
  /** Called when another email can be sent at once, so that the next run starts soon. */
  readonly onFree: () => void;
  readonly onFailure: (undelivered: UndeliveredMail) => void;
  /** Called when the database did not record whether an email was delivered. It is sent again when its lease ends. */
  readonly onError: (error: unknown, id: string) => void;
  /** Called with each email that was sent, to show it on the terminal of a developer. */
  readonly onSent?: ((email: SentEmail) => void) | undefined;
  /** The transmission of an email is aborted after this time; MAIL_SEND_SECONDS by default. */
  readonly sendSeconds?: number;
  /** Returns a number from 0 to 1, for the jitter of the backoff. */
  readonly random?: () => number;
}

export interface MailSender {
  /** Starts to send due emails without waiting for them, and returns how many were delivered since the last run. */
  readonly run: () => Promise<number>;
  /** Waits up to three seconds for emails in progress, and returns the unsent ones to the queue. `run` must not follow. */
  readonly close: () => Promise<void>;
}

/** The time by which a lease exceeds the longest transmission, for the statements before and after it. */
const LEASE_MARGIN_SECONDS = 30;
const CLOSE_GRACE_MS = 3_000;

/** Returns the delay after attempt number `attempts`, from 1: 5 seconds, doubled with each attempt, up to half an hour. */
export const mailBackoffSeconds = (attempts: number) => Math.min(5 * 2 ** (attempts - 1), 1800);

/**
 * Sends the emails in the queue. An email is delivered at least once, and every copy has the same Message-ID.
 *
 * When the mail server itself is unreachable, one email at a time is tried. The others keep their attempts, have no backoff,
 * and are sent as soon as one succeeds.
 */
export const createMailSender = (options: MailSenderOptions): MailSender => {
  const { store, secretBox, transport, composer, onFree, onFailure, onError, onSent } = options;
  const { sendSeconds = MAIL_SEND_SECONDS, random = Math.random } = options;
  let isServerUnreachable = false;
  let delivered = 0;

  const compose = (entry: QueueEntry): { to: string; email: ComposedEmail } => {
    const message = orUnsendable(() => openQueuedMail(secretBox, entry), 'UNREADABLE');
    return { to: message.to, email: orUnsendable(() => composer.compose(message), 'UNWRITABLE') };
  };

  const worker = createQueueWorker({
    source: createTopicSource(store, {
      topic: MAIL_TOPIC,
      leaseSeconds: sendSeconds + LEASE_MARGIN_SECONDS,
      maxAttempts: MAIL_ATTEMPTS_MAX,
      backoffSeconds: (attempts) => mailBackoffSeconds(attempts) * (0.75 + random() / 2),
      failureOf: deliveryFailureOf,
      onFailure: ({ entry: { id, attempts }, code, dead }) => {
        onFailure({ id, attempts, failure: code, dead });
      },
    }),
    lanes: () => (isServerUnreachable ? 1 : MAIL_CONCURRENCY),
    timeLimitSeconds: sendSeconds,
    async work(entry, signal) {
      try {
        const { to, email } = compose(entry);
        await transport.send({ id: entry.id, to, ...email }, signal);
        isServerUnreachable = false;
        return { to, ...email };
      } catch (error) {
        isServerUnreachable = deliveryFailureOf(error).concerns === 'server';
        throw error;
      }
    },
    async complete({ id }, email) {
      await store.queueEntries.remove(id);
      delivered += 1;
      onSent?.(email);
    },
    onUnrecorded: (error, { id }) => {
      onError(error, id);
    },
    onLaneFree: () => {
      if (!isServerUnreachable) onFree();
    },
  });

  return {
    async run() {
      await worker.start();
      const count = delivered;
      delivered = 0;
      return count;
    },
    close: () => worker.close(CLOSE_GRACE_MS),
  };
};

/** Replaces an error by a code, because its message may quote the email. */
const orUnsendable = <T>(work: () => T, code: Unsendable['code']): T => {
  try {
    return work();
  } catch {
    throw new Unsendable(code);
  }
};
