import type { Failure } from '../../errors.js';
import type { Message } from '../../mail/email-message.js';
import { parseEmailAddress, type EmailAddress } from '../../values/email-address.js';
import { canonicalLocale } from '../../values/language-tag.js';
import { generateOneTimeToken, generateReceipt } from '../../security/tokens/one-time-token.js';
import { uuidv7 } from '../../values/uuid.js';
import { StoreConflict } from '../../store/errors.js';
import type { Rows } from '../../store/store.js';
import type { UserRecord } from '../../store/tables/users.js';
import type { Client } from '../caller.js';
import type { AuthDependencies } from '../dependencies.js';
import { recordEvent } from '../audit/security-events.js';

/** How long the link in a verification mail works. */
export const VERIFICATION_TTL_SECONDS = 24 * 60 * 60;

/** What somebody types to sign up. Nothing in it is proved. */
export interface SignUp {
  readonly email: string;
  readonly password: string;
  readonly name: string | null;
  readonly locale: string | null;
}

/** A sign-up that may be written: its address parsed, its password hashed. */
interface PreparedSignUp extends Omit<SignUp, 'email' | 'password'> {
  readonly address: EmailAddress;
  readonly passwordHash: string;
  readonly receiptDigest: Uint8Array;
}

type SignUpFailure = Failure<'SIGN_UP_CLOSED' | 'INVALID_EMAIL' | 'WEAK_PASSWORD' | 'RATE_LIMITED'>;

// An account that is verified, or that an administrator made, is nothing that a sign-up could become.
const isSettled = (user: UserRecord | undefined) =>
  user && (user.emailVerifiedAt !== null || user.origin !== 'SIGN_UP');

/**
 * Takes a sign-up for any address and answers alike. What is written is alike too; only the mail, which the address's
 * owner alone reads, says whether there was an account already.
 */
export const createSignUp = (dependencies: AuthDependencies) => {
  const { store, config, clock, hasher, passwordPolicy, mailQueue, rateLimits } = dependencies;

  /** While unverified addresses may log in, a sign-up makes the account at once. */
  const accountFor = async (
    tx: Rows,
    { address, name, locale, passwordHash }: PreparedSignUp,
  ): Promise<string | null> => {
    if (config.requireVerifiedEmail) return null;
    const id = uuidv7(clock());
    const emails = { email: address.spelling, emailCanonical: address.canonical, emailVerifiedAt: null };
    await tx.users.create({ id, ...emails, origin: 'SIGN_UP', name, locale, roles: ['USER'], passwordHash });
    return id;
  };

  const write = (prepared: PreparedSignUp, client: Client): Promise<void> =>
    store.transaction(async (tx) => {
      const { spelling: email, canonical: emailCanonical } = prepared.address;
      const existing = await tx.users.findByAddress(emailCanonical);
      const userId = existing ? existing.id : await accountFor(tx, prepared);
      const [signUpId, tokenId] = [uuidv7(clock()), uuidv7(clock())];
      const { token, digest } = generateOneTimeToken(tokenId);
      const { passwordHash, receiptDigest, name, locale } = prepared;
      const signUp = { id: signUpId, email, emailCanonical, passwordHash, receiptDigest, name, locale, userId };
      await tx.signUps.create(signUp);
      const binding = { emailCanonical, userId, signUpId, ttlSeconds: VERIFICATION_TTL_SECONDS };
      await tx.oneTimeTokens.create({ id: tokenId, purpose: 'VERIFY_EMAIL', digest, ...binding });

      const message: Message = isSettled(existing)
        ? { template: 'sign-up-attempted' }
        : { template: 'verify-email', token };
      const letter = { to: existing?.email ?? email, locale: existing?.locale ?? locale ?? client.language, message };
      if (await rateLimits.mayMail(tx, 'SIGN_UP', emailCanonical)) await mailQueue.enqueue(tx, uuidv7(clock()), letter);
      const event = { type: 'SIGN_UP_REQUESTED', subjectId: userId ?? undefined } as const;
      await recordEvent(tx, clock(), { kind: 'anonymous', client }, event);
    });

  return async (signUp: SignUp, client: Client): Promise<{ receipt: string } | SignUpFailure> => {
    if (config.signUp === 'closed') return { failure: 'SIGN_UP_CLOSED' };
    const address = parseEmailAddress(signUp.email);
    if (!address) return { failure: 'INVALID_EMAIL' };
    const retryAfterSeconds = await rateLimits.mailRequest(client);
    if (retryAfterSeconds > 0) return { failure: 'RATE_LIMITED', retryAfterSeconds };
    const reasons = await passwordPolicy.weaknesses(signUp.password, signUp);
    if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };

    const passwordHash = await hasher.hash(signUp.password);
    const { receipt, digest: receiptDigest } = generateReceipt();
    const locale = signUp.locale === null ? null : (canonicalLocale(signUp.locale) ?? null);
    const prepared = { address, passwordHash, receiptDigest, name: signUp.name, locale };
    // Somebody else signed up for the address in the same moment: now there is an account, and this run finds it.
    await write(prepared, client).catch((error: unknown) => {
      if (error instanceof StoreConflict) return write(prepared, client);
      throw error;
    });
    mailQueue.nudge();
    return { receipt };
  };
};
