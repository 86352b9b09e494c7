import type { Message } from '../../mail/email-message.js';
import type { MailQueue } from '../../mail/mail-queue.js';
import type { SecretBox } from '../../security/secret-box.js';
import type { RateLimits } from '../rate-limits/rate-limits.js';
import { generateOneTimeToken } from '../../security/tokens/one-time-token.js';
import { uuidv7 } from '../../values/uuid.js';
import type { QueueEntry } from '../../store/tables/queue-entries.js';
import type { TokenPurpose } from '../../store/tables/one-time-tokens.js';
import type { Rows, Store } from '../../store/store.js';
import type { UserRecord } from '../../store/tables/users.js';
import type { Client } from '../caller.js';
import { recordEvent, type SecurityEventType } from '../audit/security-events.js';
import {
  MAIL_REQUEST_TOPIC,
  openMailRequest,
  type EmailChangeRequest,
  type MailRequest,
  type StrangersRequest,
} from '../email-links/mail-requests.js';
import { VERIFICATION_TTL_SECONDS } from '../accounts/sign-up.js';

/** How long a link for a new password or a new address works. */
const LINK_TTL_SECONDS = 60 * 60;

const BATCH = 10;
/** So long an instance has for one batch; then another may take it. */
const LEASE_SECONDS = 30;
const RETRY_SECONDS = 60;
const FAILURES_TOLD = 3;
/** An hour of minutes: what fails for so long is for an operator. */
const ATTEMPTS = 60;

const eventTypes = {
  RESET_PASSWORD: 'PASSWORD_RESET_REQUESTED',
  VERIFY_EMAIL: 'VERIFICATION_REQUESTED',
  CHANGE_EMAIL: 'EMAIL_CHANGE_REQUESTED',
} as const satisfies Record<MailRequest['kind'], SecurityEventType>;

/**
 * Makes what answers the requests that are there, and counts them; when the signal comes, the rest is left. An answer and the
 * end of its request are one transaction, so that a request leads to one mail at the most, however often instances die
 * over it.
 */
export const createMailRequestWorker = ({
  store,
  clock,
  secretBox,
  mailQueue,
  rateLimits,
}: {
  readonly store: Store;
  readonly clock: () => Date;
  readonly secretBox: SecretBox;
  readonly mailQueue: MailQueue;
  readonly rateLimits: RateLimits;
}) => {
  const send = (tx: Rows, to: string, locale: string | null, message: Message): Promise<void> =>
    mailQueue.enqueue(tx, uuidv7(clock()), { to, locale, message });

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
    const { token, digest } = generateOneTimeToken(id);
    const ttlSeconds = purpose === 'VERIFY_EMAIL' ? VERIFICATION_TTL_SECONDS : LINK_TTL_SECONDS;
    await tx.oneTimeTokens.create({ id, purpose, digest, ...binding, signUpId, ttlSeconds });
    return token;
  };

  const resetPassword = async (tx: Rows, user: UserRecord, client: Client): Promise<void> => {
    const { id: userId, emailCanonical, email, locale } = user;
    const token = await createToken(tx, 'RESET_PASSWORD', { emailCanonical, userId });
    await send(tx, email, locale ?? client.language, { template: 'reset-password', token });
  };

  /** An address is verified by the newest sign-up for it; an account that was made otherwise, by a link of its own. */
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

  /**
   * The owner of the account hears of it in any case; the new address only while it has no account. The token is made
   * and the older ones are void in either case: otherwise they would tell the caller whether the address is taken.
   */
  const changeEmail = async (
    tx: Rows,
    user: UserRecord,
    { email: newEmail, emailCanonical }: EmailChangeRequest,
    client: Client,
    mayMail: boolean,
  ): Promise<void> => {
    const locale = user.locale ?? client.language;
    await send(tx, user.email, locale, { template: 'email-change-requested', newEmail });
    const holder = await tx.users.findByAddress(emailCanonical);
    if (!mayMail) return;
    const token = await createToken(tx, 'CHANGE_EMAIL', { emailCanonical, newEmail, userId: user.id });
    if (holder && holder.id !== user.id) return;
    await send(tx, newEmail, locale, { template: 'change-email', token });
  };

  const lockedUser = async (tx: Rows, user: UserRecord | undefined): Promise<UserRecord | undefined> =>
    user && (await tx.users.lock(user.id)) ? tx.users.find(user.id) : undefined;

  /**
   * Whether the proof of the request still holds. An owner who has since changed the password, ended the session or asked for
   * deletion may have done so because the request was a thief's.
   */
  const isStillProved = async (
    tx: Rows,
    { id, disabledAt, eraseAfter }: UserRecord,
    { sessionId, passwordVersion }: EmailChangeRequest,
  ): Promise<boolean> =>
    disabledAt === null &&
    eraseAfter === null &&
    sessionId !== undefined &&
    (await tx.sessions.holdLive(sessionId)) &&
    tx.passwordCredentials.isCurrent(id, passwordVersion);

  /** Answers who asked, of whom we know it, and whom it concerns. */
  const answerChange = async (tx: Rows, request: EmailChangeRequest, client: Client, mayMail: boolean) => {
    const { userId } = request;
    const user = await lockedUser(tx, await tx.users.find(userId));
    if (user && (await isStillProved(tx, user, request))) await changeEmail(tx, user, request, client, mayMail);
    return { actor: { kind: 'user', userId, client } as const, subjectId: user?.id };
  };

  const answerStranger = async (tx: Rows, request: StrangersRequest, client: Client, mayMail: boolean) => {
    const { kind, emailCanonical } = request;
    const user = await lockedUser(tx, await tx.users.findByAddress(emailCanonical));
    if (mayMail && kind === 'RESET_PASSWORD' && user) await resetPassword(tx, user, client);
    if (mayMail && kind === 'VERIFY_EMAIL') await verifyEmail(tx, user, emailCanonical, client);
    return { actor: { kind: 'anonymous', client } as const, subjectId: user?.id };
  };

  const answer = (entry: QueueEntry): Promise<void> => {
    const { request, client } = openMailRequest(secretBox, entry);
    return store.transaction(async (tx) => {
      if (!(await tx.queueEntries.remove(entry.id))) return;
      const mayMail = await rateLimits.mayMail(tx, request.kind, request.emailCanonical);
      const { actor, subjectId } =
        request.kind === 'CHANGE_EMAIL'
          ? await answerChange(tx, request, client, mayMail)
          : await answerStranger(tx, request, client, mayMail);
      await recordEvent(tx, clock(), actor, { type: eventTypes[request.kind], subjectId });
    });
  };

  return async (signal?: AbortSignal): Promise<number> => {
    const failures: unknown[] = [];
    let failed = 0;
    for (let answered = 0; ;) {
      const entries = await store.queueEntries.claim(MAIL_REQUEST_TOPIC, BATCH, LEASE_SECONDS);
      for (const entry of entries) {
        try {
          await answer(entry);
          answered += 1;
        } catch (error) {
          // One that fails comes round again, and does not hold up the others.
          failed += 1;
          if (failures.length < FAILURES_TOLD) failures.push(error);
          if (entry.attempts < ATTEMPTS) await store.queueEntries.postpone(entry, 'UNANSWERED', RETRY_SECONDS);
          else await store.queueEntries.bury(entry, 'UNANSWERED');
        }
      }
      if (answered > 0) mailQueue.nudge();
      if (entries.length === BATCH && signal?.aborted !== true) continue;
      if (failures.length > 0) throw new AggregateError(failures, `${failed} requests for mail were not answered.`);
      return answered;
    }
  };
};
