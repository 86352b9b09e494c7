import type { Failure } from '../errors.js';
import { equal, read, receiptDigest } from '../security/one-time-token.js';
import { uuidv7 } from '../security/uuid.js';
import { StoreConflict } from '../store/errors.js';
import type { SignUpRecord } from '../store/sign-ups.js';
import type { Rows } from '../store/store.js';
import type { UserRecord } from '../store/users.js';
import type { Client } from './caller.js';
import type { AuthDependencies } from './dependencies.js';
import { record } from './events.js';
import { weaknesses } from './password-policy.js';

/** The token from the mail, with what shows who made the sign-up: its receipt, or else a password of one's own. */
export interface EmailVerification {
  readonly token: string;
  readonly receipt: string | null;
  readonly newPassword: string | null;
}

type VerificationFailure = Failure<'INVALID_TOKEN' | 'PASSWORD_REQUIRED' | 'WEAK_PASSWORD'>;

const holdsReceipt = (signUp: SignUpRecord, receipt: string | null): boolean => {
  const digest = receipt === null ? undefined : receiptDigest(receipt);
  return digest !== undefined && equal(signUp.receiptDigest, digest);
};

/**
 * Verifies the address of a sign-up. The mail proves the address; the receipt proves that the same person made the
 * sign-up. Without it the password given there may be a stranger's, who typed the victim's address and waits for the
 * victim to click, so a new one is demanded. The first verification voids every other sign-up for the address.
 */
export const createVerifyEmail = ({ store, config, clock, hasher, principals }: AuthDependencies) => {
  /** The account that a proved sign-up becomes: a new one, or the unverified one that was there. */
  const settle = async (tx: Rows, signUp: SignUpRecord, passwordHash: string): Promise<UserRecord | undefined> => {
    const existing = await tx.users.findByAddress(signUp.emailCanonical);
    if (!existing) {
      const { email, emailCanonical, name, locale } = signUp;
      const identity = { id: uuidv7(clock()), email, emailCanonical, name, locale };
      return tx.users.create({
        ...identity,
        emailVerifiedAt: clock(),
        origin: 'SIGN_UP',
        roles: ['USER'],
        passwordHash,
      });
    }
    // What an administrator made meanwhile has an owner and roles that no sign-up from before can claim.
    if (existing.origin !== 'SIGN_UP') return undefined;
    await tx.users.lock(existing.id);
    if (!(await tx.users.verify(existing.id, signUp))) return undefined;
    await tx.credentials.set(existing.id, passwordHash);
    await tx.sessions.revokeAll(existing.id);
    return existing;
  };

  return async (verification: EmailVerification, client: Client): Promise<VerificationFailure | undefined> => {
    const presented = read(verification.token);
    const token = presented && (await store.oneTimeTokens.peek(presented.id, 'VERIFY_EMAIL'));
    if (!presented || !token?.signUpId || !equal(token.digest, presented.digest)) return { failure: 'INVALID_TOKEN' };
    const signUp = await store.signUps.find(token.signUpId);
    if (!signUp) return { failure: 'INVALID_TOKEN' };

    const { newPassword, receipt } = verification;
    if (newPassword === null && !holdsReceipt(signUp, receipt)) return { failure: 'PASSWORD_REQUIRED' };
    const reasons = newPassword === null ? [] : weaknesses(newPassword, config.passwordMinLength, signUp);
    if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };

    const passwordHash = newPassword === null ? signUp.passwordHash : await hasher.hash(newPassword);
    const verified = store.transaction(async (tx) => {
      await tx.signUps.takeTurn(signUp.emailCanonical);
      if (!(await tx.oneTimeTokens.consume(token.id, 'VERIFY_EMAIL'))) return undefined;
      const user = await settle(tx, signUp, passwordHash);
      await tx.signUps.voidAll(signUp.emailCanonical);
      const actor = { kind: 'anonymous', client } as const;
      if (user) await record(tx, clock(), actor, { type: 'EMAIL_VERIFIED', subjectId: user.id });
      return user;
    });
    // Another sign-up for the address was verified in the same moment: it came first, and this one is void.
    const user = await verified.catch((error: unknown) => {
      if (error instanceof StoreConflict) return undefined;
      throw error;
    });
    if (!user) return { failure: 'INVALID_TOKEN' };
    principals.forget(user.id);
    return undefined;
  };
};
