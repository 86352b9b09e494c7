import { openPayload, sealPayload } from '../../security/sealed-payload.js';
import type { SecretBox } from '../../security/secret-box.js';
import { uuidv7 } from '../../values/uuid.js';
import type { QueueEntry } from '../../store/tables/queue-entries.js';
import type { Rows, Store } from '../../store/store.js';
import type { Client } from '../caller.js';

/** A mail to an address that anybody may name. */
export interface StrangersRequest {
  readonly kind: 'RESET_PASSWORD' | 'VERIFY_EMAIL';
  readonly emailCanonical: string;
}

/** A mail to a new address of somebody who has just shown its password, in that version. */
export interface EmailChangeRequest {
  readonly kind: 'CHANGE_EMAIL';
  readonly userId: string;
  /** The session that asked. Absent in a request that the previous release stored, which is not carried out. */
  readonly sessionId?: string;
  readonly passwordVersion: number;
  /** The new address as it was given. */
  readonly email: string;
  readonly emailCanonical: string;
}

/** A mail that was asked for, before anybody has looked whether it may be had. */
export type MailRequest = StrangersRequest | EmailChangeRequest;

/** Takes requests for mail. */
export interface MailRequests {
  /** Stores a request, in the transaction of `rows` if given. It is processed soon afterwards, never while the client waits. */
  ask(request: MailRequest, client: Client, rows?: Pick<Rows, 'queueEntries'>): Promise<void>;
}

/** A request, and from where it came. */
export interface Asked {
  readonly request: MailRequest;
  readonly client: Client;
}

/** The outbox's topic for requests. */
export const MAIL_REQUEST_TOPIC = 'mail-request';

/**
 * Whoever asks for a mail to an address must not learn whether there is an account: not from the answer, not from its
 * time, not from what it does to the next request. So a request is one row, the same for every address. Whether there is
 * an account is looked up afterwards, by whichever instance comes to it, and nothing tells an instance to hurry: the
 * work that a known address makes would slow down what the same caller asks next.
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
  async ask(request, client, rows = store) {
    const asked: Asked = { request, client };
    const place = { id: uuidv7(clock()), topic: MAIL_REQUEST_TOPIC };
    await rows.queueEntries.add({ ...place, payload: sealPayload(secretBox, place, asked) });
  },
});

/** Opens a request again. @throws Error when it does not open under ENCRYPTION_KEYS */
export const openMailRequest = (secretBox: SecretBox, { id, payload }: QueueEntry): Asked =>
  openPayload(secretBox, { id, topic: MAIL_REQUEST_TOPIC }, payload) as Asked;
