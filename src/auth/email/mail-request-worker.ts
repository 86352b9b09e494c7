import type { SecretBox } from '../../security/secret-box.js';
import { generateOneTimeToken } from '../../security/tokens/one-time-token.js';
import { createTopicSource, drainQueue } from '../../store/queue-worker.js';
import type { Store } from '../../store/store.js';
import type { TokenPurpose } from '../../store/tables/one-time-tokens.js';
import type { QueueEntry } from '../../store/tables/queue-entries.js';
import type { UserRecord } from '../../store/tables/users.js';
import { LINK_TTL_SECONDS, VERIFICATION_TTL_SECONDS } from '../../values/policy.js';
import type { Actor, SecurityEventType } from '../audit/security-events.js';
import {
  MAIL_REQUEST_TOPIC,
  openMailRequest,
  type AnonymousMailRequest,
  type EmailChangeRequest,
  type MailRequest,
} from '../email-links/mail-requests.js';
import type { RateLimits } from '../rate-limits/rate-limits.js';
import type { Change, UnitOfWork } from '../unit-of-work.js';

/** If a transaction takes longer, another instance may claim the request too, but only one of them removes the row. */
const LEASE_SECONDS = 30;
const RETRY_SECONDS = 60;
/** One hour of retries. A request that still fails then needs an operator. */
const MAX_ATTEMPTS = 60;

const eventTypes = {
  RESET_PASSWORD: 'PASSWORD_RESET_REQUESTED',
  VERIFY_EMAIL: 'VERIFICATION_REQUESTED',
  CHANGE_EMAIL: 'EMAIL_CHANGE_REQUESTED',
} as const satisfies Record<MailRequest['kind'], SecurityEventType>;

/** Creates a token and voids older ones for the same purpose. */
const createToken = async (
  tx: UnitOfWork,
  purpose: TokenPurpose,
  binding: { emailCanonical: string; newEmail?: string; userId: string | null; signUpId?: string },
): Promise<string> => {
  const { userId, signUpId = null } = binding;
  if (signUpId !== null) await tx.oneTimeTokens.voidSignUp(signUpId);
  else if (userId !== null) await tx.oneTimeTokens.voidPurpose(userId, purpose);
  const id = tx.newId();
  const { token, digest } = generateOneTimeToken(id);
  const ttlSeconds = purpose === 'VERIFY_EMAIL' ? VERIFICATION_TTL_SECONDS : LINK_TTL_SECONDS;
  await tx.oneTimeTokens.create({ id, purpose, digest, ...binding, signUpId, ttlSeconds });
  return token;
};

const resetPassword = async (tx: UnitOfWork, user: UserRecord): Promise<void> => {
  const { id: userId, emailCanonical } = user;
  const token = await createToken(tx, 'RESET_PASSWORD', { emailCanonical, userId });
  await tx.mail.send(user, { template: 'reset-password', token });
};

/**
 * Sends the link of the newest sign-up for the address. An account that was created in another way gets its own link.
 */
const verifyEmail = async (tx: UnitOfWork, user: UserRecord | undefined, emailCanonical: string): Promise<void> => {
  if (user && user.emailVerifiedAt !== null) return;
  const signUp = user && user.origin !== 'SIGN_UP' ? undefined : await tx.signUps.findNewest(emailCanonical);
  const email = user?.email ?? signUp?.email;
  if (email === undefined) return;
  const locale = user?.locale ?? signUp?.locale ?? null;
  const binding = { emailCanonical, userId: user?.id ?? null, ...(signUp ? { signUpId: signUp.id } : {}) };
  const token = await createToken(tx, 'VERIFY_EMAIL', binding);
  await tx.mail.send({ email, locale }, { template: 'verify-email', token });
};

/**
 * The old address is always notified, the new one only if it has no account. In both cases the token is created and
 * older ones are voided: otherwise the older links would tell the caller whether the address is taken.
 */
const changeEmail = async (
  tx: UnitOfWork,
  user: UserRecord,
  { email: newEmail, emailCanonical }: EmailChangeRequest,
  mayMail: boolean,
): Promise<void> => {
  await tx.mail.send(user, { template: 'email-change-requested', newEmail });
  const holder = await tx.users.findByAddress(emailCanonical);
  if (!mayMail) return;
  const token = await createToken(tx, 'CHANGE_EMAIL', { emailCanonical, newEmail, userId: user.id });
  if (holder && holder.id !== user.id) return;
  await tx.mail.send({ ...user, email: newEmail }, { template: 'change-email', token });
};

const lockUser = async (tx: UnitOfWork, user: UserRecord | undefined): Promise<UserRecord | undefined> =>
  user && (await tx.users.lock(user.id)) ? tx.users.find(user.id) : undefined;

/**
 * Returns false when the owner has since changed the password, ended the session or requested deletion of the account,
 * because the request may have been an attacker's.
 */
const isStillConfirmed = async (
  tx: UnitOfWork,
  { id, disabledAt, eraseAfter }: UserRecord,
  { sessionId, passwordVersion }: EmailChangeRequest,
): Promise<boolean> =>
  disabledAt === null &&
  eraseAfter === null &&
  sessionId !== undefined &&
  (await tx.sessions.holdLive(sessionId)) &&
  tx.passwordCredentials.isCurrent(id, passwordVersion);

/** Processes a request for a change of address and returns the subject of its security event. */
const processEmailChange = async (tx: UnitOfWork, request: EmailChangeRequest, mayMail: boolean) => {
  const user = await lockUser(tx, await tx.users.find(request.userId));
  if (user && (await isStillConfirmed(tx, user, request))) await changeEmail(tx, user, request, mayMail);
  return user;
};

const processAnonymous = async (tx: UnitOfWork, request: AnonymousMailRequest, mayMail: boolean) => {
  const { kind, emailCanonical } = request;
  const user = await lockUser(tx, await tx.users.findByAddress(emailCanonical));
  if (mayMail && kind === 'RESET_PASSWORD' && user) await resetPassword(tx, user);
  if (mayMail && kind === 'VERIFY_EMAIL') await verifyEmail(tx, user, emailCanonical);
  return user;
};

/**
 * Processes the queued requests for email and returns their number. A request is removed in the transaction that queues
 * its email, so it leads to at most one email, even if an instance dies while it processes the request.
 *
 * @throws AggregateError when requests failed, after the others were processed
 */
export const createMailRequestWorker = ({
  change,
  store,
  secretBox,
  rateLimits,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'queueEntries'>;
  readonly secretBox: SecretBox;
  readonly rateLimits: RateLimits;
}) => {
  const processRequest = (entry: QueueEntry): Promise<void> => {
    const { request, client } = openMailRequest(secretBox, entry);
    const actor: Actor =
      request.kind === 'CHANGE_EMAIL'
        ? { kind: 'user', userId: request.userId, client }
        : { kind: 'anonymous', client };
    return change(actor, async (tx) => {
      if (!(await tx.queueEntries.remove(entry.id))) return;
      const { isGranted, exhaustion } = await rateLimits.mayMail(tx, request.kind, request.emailCanonical, entry.id);
      const user =
        request.kind === 'CHANGE_EMAIL'
          ? await processEmailChange(tx, request, isGranted)
          : await processAnonymous(tx, request, isGranted);
      if (exhaustion) tx.audit.record({ ...exhaustion, subjectId: user?.id });
      tx.audit.record({ type: eventTypes[request.kind], subjectId: user?.id });
    });
  };

  const source = createTopicSource(store, {
    topic: MAIL_REQUEST_TOPIC,
    leaseSeconds: LEASE_SECONDS,
    maxAttempts: MAX_ATTEMPTS,
    backoffSeconds: () => RETRY_SECONDS,
    failureOf: () => ({ code: 'UNANSWERED', permanent: false }),
  });

  return async (signal?: AbortSignal): Promise<number> => {
    let processed = 0;
    const work = async (entry: QueueEntry) => {
      await processRequest(entry);
      processed += 1;
    };
    const options = { source, lanes: () => 1, work };
    await drainQueue(options, (failed) => `${failed} requests for an email could not be processed.`, signal);
    return processed;
  };
};
