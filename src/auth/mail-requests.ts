import type { Message } from '../mail/letter.js';
import type { SecretBox } from '../security/secret-box.js';
import { generate } from '../security/one-time-token.js';
import { uuidv7 } from '../security/uuid.js';
import type { OutboxEntry } from '../store/outbox.js';
import type { TokenPurpose } from '../store/one-time-tokens.js';
import type { Rows } from '../store/store.js';
import type { UserRecord } from '../store/users.js';
import type { Client } from './caller.js';
import type { AuthDependencies } from './dependencies.js';
import { record, type SecurityEventType } from './events.js';
import { VERIFICATION_TTL_SECONDS } from './sign-up.js';

/** How long a link for a new password or a new address works. */
const LINK_TTL_SECONDS = 60 * 60;

/** A mail that somebody asked for, before anybody has looked whether it may have it. */
export type MailRequest =
  | { readonly kind: 'RESET_PASSWORD' | 'VERIFY_EMAIL'; readonly emailCanonical: string }
  /** `email` is the new address as it was given. */
  | { readonly kind: 'CHANGE_EMAIL'; readonly userId: string; readonly email: string; readonly emailCanonical: string };

/** Takes requests for mail. */
export interface MailRequests {
  /** Keeps a request. Its answer comes soon, and never while the one who asked waits. */
  ask(request: MailRequest, client: Client): Promise<void>;
}

interface Asked {
  readonly request: MailRequest;
  readonly client: Client;
}

const TOPIC = 'mail-request';
const BATCH = 10;
const LEASE_SECONDS = 30;

const contextOf = (id: string) => ['outbox', TOPIC, id];

/**
 * Whoever asks for a mail to an address must not learn whether there is an account: not from the answer, not from its
 * time, not from what it does to the next request. So a request is one row, the same for every address; whether there is
 * an account is looked up afterwards, by whichever instance comes to it.
 *
 * @param nudge has the requests answered soon
 */
export const createMailRequests = (
  { store, clock, secretBox }: Pick<AuthDependencies, 'store' | 'clock'> & { readonly secretBox: SecretBox },
  nudge: () => void,
): MailRequests => ({
  async ask(request, client) {
    const id = uuidv7(clock());
    const asked: Asked = { request, client };
    const sealed = secretBox.seal(Buffer.from(JSON.stringify(asked)), contextOf(id));
    await store.outbox.add({ id, topic: TOPIC, payload: { sealed } });
    nudge();
  },
});

const openRequest = (secretBox: SecretBox, { id, payload }: OutboxEntry): Asked => {
  const { sealed } = payload as { sealed: string };
  return JSON.parse(secretBox.open(sealed, contextOf(id)).toString()) as Asked;
};

const eventTypes = {
  RESET_PASSWORD: 'PASSWORD_RESET_REQUESTED',
  VERIFY_EMAIL: 'VERIFICATION_REQUESTED',
  CHANGE_EMAIL: 'EMAIL_CHANGE_REQUESTED',
} as const satisfies Record<MailRequest['kind'], SecurityEventType>;

/**
 * Makes what answers the requests that are there, and counts them. An answer and the end of its request are one
 * transaction, so that a request leads to one mail at the most, however often instances die over it.
 */
export const createMailAnswers = ({ store, clock, secretBox, courier, throttle }: AuthDependencies) => {
  const send = (tx: Rows, to: string, locale: string | null, message: Message): Promise<void> =>
    courier.post(tx, uuidv7(clock()), { to, locale, message });

  /** A new token; an older one of the same kind is void. */
  const createToken = async (
    tx: Rows,
    purpose: TokenPurpose,
    binding: { emailCanonical: string; newEmail?: string; userId: string | null; signUpId?: string },
  ): Promise<string> => {
    const { userId, signUpId = null } = binding;
    if (signUpId !== null) await tx.oneTimeTokens.voidSignUp(signUpId);
    else if (userId !== null) await tx.oneTimeTokens.voidPurpose(userId, purpose);
    const id = uuidv7(clock());
    const { token, digest } = generate(id);
    const ttlSeconds = purpose === 'VERIFY_EMAIL' ? VERIFICATION_TTL_SECONDS : LINK_TTL_SECONDS;
    await tx.oneTimeTokens.create({ id, purpose, digest, ...binding, signUpId, ttlSeconds });
    return token;
  };

  const resetPassword = async (tx: Rows, user: UserRecord | undefined, client: Client): Promise<void> => {
    if (!user) return;
    const { id: userId, emailCanonical, email, locale } = user;
    const token = await createToken(tx, 'RESET_PASSWORD', { emailCanonical, userId });
    await send(tx, email, locale ?? client.language, { template: 'reset-password', token });
  };

  /** An address is verified by the newest sign-up for it; an account that was made otherwise is verified as it is. */
  const verifyEmail = async (
    tx: Rows,
    user: UserRecord | undefined,
    emailCanonical: string,
    client: Client,
  ): Promise<void> => {
    if (user && user.emailVerifiedAt !== null) return;
    const signUp = user && user.origin !== 'SIGN_UP' ? undefined : await tx.signUps.findNewest(emailCanonical);
    const to = user?.email ?? signUp?.email;
    if (to === undefined) return;
    const locale = user?.locale ?? signUp?.locale ?? client.language;
    const binding = { emailCanonical, userId: user?.id ?? null, ...(signUp ? { signUpId: signUp.id } : {}) };
    const token = await createToken(tx, 'VERIFY_EMAIL', binding);
    await send(tx, to, locale, { template: 'verify-email', token });
  };

  /** The owner of the account hears of it in any case; the new address only while it has no account. */
  const changeEmail = async (
    tx: Rows,
    user: UserRecord,
    request: Extract<MailRequest, { kind: 'CHANGE_EMAIL' }>,
    client: Client,
    mayMail: boolean,
  ): Promise<void> => {
    const { email: newEmail, emailCanonical } = request;
    const locale = user.locale ?? client.language;
    await send(tx, user.email, locale, { template: 'email-change-requested', newEmail });
    const holder = await tx.users.findByAddress(emailCanonical);
    if (!mayMail || (holder && holder.id !== user.id)) return;
    const token = await createToken(tx, 'CHANGE_EMAIL', { emailCanonical, newEmail, userId: user.id });
    await send(tx, newEmail, locale, { template: 'change-email', token });
  };

  const answer = (entry: OutboxEntry): Promise<boolean> => {
    const { request, client } = openRequest(secretBox, entry);
    return store.transaction(async (tx) => {
      if (!(await tx.outbox.take(entry.id))) return false;
      const mayMail = await throttle.mayMail(tx, request.emailCanonical);
      const found =
        request.kind === 'CHANGE_EMAIL'
          ? await tx.users.find(request.userId)
          : await tx.users.findByAddress(request.emailCanonical);
      if (found) await tx.users.lock(found.id);
      const user = found && (await tx.users.find(found.id));
      if (request.kind === 'CHANGE_EMAIL') {
        if (user) await changeEmail(tx, user, request, client, mayMail);
      } else if (mayMail) {
        if (request.kind === 'RESET_PASSWORD') await resetPassword(tx, user, client);
        else await verifyEmail(tx, user, request.emailCanonical, client);
      }
      const actor =
        request.kind === 'CHANGE_EMAIL'
          ? ({ kind: 'user', userId: request.userId, client } as const)
          : ({ kind: 'anonymous', client } as const);
      await record(tx, clock(), actor, { type: eventTypes[request.kind], subjectId: user?.id });
      return true;
    });
  };

  return async (): Promise<number> => {
    for (let answered = 0; ;) {
      const entries = await store.outbox.claim(TOPIC, BATCH, LEASE_SECONDS);
      for (const entry of entries) if (await answer(entry)) answered += 1;
      if (answered > 0) courier.nudge();
      if (entries.length < BATCH) return answered;
    }
  };
};
