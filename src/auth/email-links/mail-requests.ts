import { openPayload, sealPayload } from '../../security/sealed-payload.js';
import type { SecretBox } from '../../security/secret-box.js';
import type { Rows, Store } from '../../store/store.js';
import type { QueueEntry } from '../../store/tables/queue-entries.js';
import { uuidv7 } from '../../values/uuid.js';
import type { Client } from '../caller.js';

/** A request for an email that anyone may make for any address. */
export interface AnonymousMailRequest {
  readonly kind: 'RESET_PASSWORD' | 'VERIFY_EMAIL';
  readonly emailCanonical: string;
}

/** A request for an email to the new address of a user who confirmed the change with the password. */
export interface EmailChangeRequest {
  readonly kind: 'CHANGE_EMAIL';
  readonly userId: string;
  /** The caller's session. A request that the previous release queued has none and is not processed. */
  readonly sessionId?: string;
  /** The version of the password that confirmed the change. */
  readonly passwordVersion: number;
  /** The new address as it was entered. */
  readonly email: string;
  readonly emailCanonical: string;
}

/** A request for an email, before it is known whether the address is eligible for one. */
export type MailRequest = AnonymousMailRequest | EmailChangeRequest;

export interface MailRequests {
  /**
   * Queues a request, in the transaction of `rows` if given. It is processed soon afterwards, never while the client
   * waits.
   */
  enqueue(request: MailRequest, client: Client, rows?: Pick<Rows, 'queueEntries'>): Promise<void>;
}

export interface QueuedMailRequest {
  readonly request: MailRequest;
  readonly client: Client;
}

export const MAIL_REQUEST_TOPIC = 'mail-request';

/**
 * Creates the queue of requests for an email.
 *
 * A caller who requests an email to an address must not learn whether the address has an account: not from the
 * response, not from its timing, and not from the effect on the next request. A request is therefore one row, the same
 * for every address. Any instance looks up the account later, and nothing wakes an instance to do so: otherwise, the
 * work that a known address causes would slow down the next request of the same caller.
 */
export const createMailRequests = ({
  store,
  clock,
  secretBox,
}: {
  readonly store: Store;
  readonly clock: () => Date;
  readonly secretBox: SecretBox;
}): MailRequests => ({
  async enqueue(request, client, rows = store) {
    const queued: QueuedMailRequest = { request, client };
    const entry = { id: uuidv7(clock()), topic: MAIL_REQUEST_TOPIC };
    await rows.queueEntries.add({ ...entry, payload: sealPayload(secretBox, entry, queued) });
  },
});

/** @throws Error when the entry does not open under ENCRYPTION_KEYS */
export const openMailRequest = (secretBox: SecretBox, { id, payload }: QueueEntry): QueuedMailRequest =>
  openPayload(secretBox, { id, topic: MAIL_REQUEST_TOPIC }, payload) as QueuedMailRequest;
