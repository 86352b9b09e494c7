import { GatehouseError, type Failure } from '../../errors.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { equalDigests, receiptDigest } from '../../security/tokens/one-time-token.js';
import { uuidv7 } from '../../values/uuid.js';
import { StoreConflict } from '../../store/errors.js';
import type { LiveToken } from '../../store/tables/one-time-tokens.js';
import type { SignUpRecord } from '../../store/tables/sign-ups.js';
import type { Rows } from '../../store/store.js';
import type { UserRecord } from '../../store/tables/users.js';
import type { Client } from '../caller.js';
import type { AuthDependencies } from '../dependencies.js';
import { recordEvent } from '../audit/security-events.js';
import { findLinkToken } from '../email-links/link-token.js';

/** The token from the mail, with what shows who made the sign-up: its receipt, or else a password of one's own. */
export interface EmailVerification {
  readonly token: string;
  readonly receipt: string | null;
  readonly newPassword: string | null;
}

type VerificationFailure = Failure<'INVALID_TOKEN' | 'PASSWORD_REQUIRED' | 'WEAK_PASSWORD'>;

/** What the mail proved the address of: a sign-up that waits, or an account that is there. */
interface Claim {
  readonly emailCanonical: string;
  readonly personal: Pick<UserRecord, 'email' | 'name'>;
  /** Whether the one who clicks has to choose a password. */
  readonly needsPassword: boolean;
  /** Makes the account its owner's. Null: the password stays as it is. Nothing, when there is no such account any more. */
  readonly settle: (tx: Rows, passwordHash: string | null) => Promise<UserRecord | undefined>;
}

/** The profile of whoever proves an address without the receipt: what is written there may be a stranger's. */
const blankProfile = { name: null, locale: null } as const;

const holdsReceipt = (signUp: SignUpRecord, receipt: string | null): boolean => {
  const digest = receipt === null ? undefined : receiptDigest(receipt);
  return digest !== undefined && equalDigests(signUp.receiptDigest, digest);
};

/**
 * Takes from an account, whose owner has just proved the address, what a stranger may have left in it who had signed up with
 * that address, here or where it was imported from: the name and language, a deletion that was to come, a kind of device
 * that would pass for known.
 */
export const clearStranger = async (tx: Rows, userId: string): Promise<void> => {
  await tx.users.setEraseAfter(userId, null);
  await tx.users.updateProfile(userId, blankProfile);
  await tx.knownDevices.forget(userId);
};

/**
 * Verifies addresses. The mail proves the address; the receipt proves that the same person made the sign-up. Without it
 * the password given there may be a stranger's, who typed the victim's address and waits for the victim to click, so a
 * new one is demanded. The first verification voids every other sign-up for the address.
 */
export const createEmailVerification = (dependencies: AuthDependencies) => {
  const { store, config, clock, hasher, passwordPolicy, principals, rateLimits, mailRequests } = dependencies;

  /** Makes an unverified account that is there its owner's. */
  const verify = async (
    tx: Rows,
    user: UserRecord,
    profile: Pick<UserRecord, 'name' | 'locale'>,
    passwordHash: string | null,
  ): Promise<UserRecord | undefined> => {
    await tx.users.lock(user.id);
    if (!(await tx.users.verify(user.id, profile))) return undefined;
    if (passwordHash === null) return user;
    await tx.passwordCredentials.set(user.id, passwordHash);
    await tx.sessions.revokeAll(user.id);
    await tx.oneTimeTokens.voidAll(user.id);
    await tx.users.setEraseAfter(user.id, null);
    await tx.knownDevices.forget(user.id);
    return user;
  };

  const claimOfSignUp = (signUp: SignUpRecord, receipt: string | null): Claim => {
    const isOwn = holdsReceipt(signUp, receipt);
    const profile = isOwn ? { name: signUp.name, locale: signUp.locale } : blankProfile;
    return {
      emailCanonical: signUp.emailCanonical,
      personal: signUp,
      needsPassword: !isOwn,
      async settle(tx, newHash) {
        // The receipt may have become void since it was looked at.
        const current = await tx.signUps.find(signUp.id);
        if (!current || (newHash === null && !holdsReceipt(current, receipt))) return undefined;
        const passwordHash = newHash ?? signUp.passwordHash;
        const existing = await tx.users.findByAddress(signUp.emailCanonical);
        // What an administrator made meanwhile has an owner and roles that no sign-up from before can claim.
        if (existing) return existing.origin === 'SIGN_UP' ? verify(tx, existing, profile, passwordHash) : undefined;
        if (config.signUp === 'closed') return undefined;
        const { email, emailCanonical } = signUp;
        const identity = { id: uuidv7(clock()), email, emailCanonical, ...profile, emailVerifiedAt: clock() };
        return tx.users.create({ ...identity, origin: 'SIGN_UP', roles: ['USER'], passwordHash });
      },
    };
  };

  const claimOfUser = (user: UserRecord, { emailCanonical }: LiveToken): Claim => {
    // Whoever signed up with the address, here or where the account was imported from, chose the password and never
    // proved to be its owner. What an administrator made is the owner's.
    const isStrangers = user.origin !== 'ADMINISTRATOR';
    return {
      emailCanonical,
      personal: user,
      needsPassword: isStrangers,
      async settle(tx, newHash) {
        const existing = await tx.users.findByAddress(emailCanonical);
        return existing?.id === user.id
          ? verify(tx, existing, isStrangers ? blankProfile : existing, newHash)
          : undefined;
      },
    };
  };

  const claimOf = async (token: LiveToken, receipt: string | null): Promise<Claim | undefined> => {
    if (token.signUpId !== null) {
      const signUp = await store.signUps.find(token.signUpId);
      return signUp && claimOfSignUp(signUp, receipt);
    }
    const user = token.userId === null ? undefined : await store.users.find(token.userId);
    return user && claimOfUser(user, token);
  };

  return {
    async verify(
      { token: text, receipt, newPassword }: EmailVerification,
      client: Client,
    ): Promise<VerificationFailure | undefined> {
      const token = await findLinkToken(store, text, 'VERIFY_EMAIL');
      const claim = token && (await claimOf(token, receipt));
      if (!token || !claim) return { failure: 'INVALID_TOKEN' };
      if (newPassword === null && claim.needsPassword) return { failure: 'PASSWORD_REQUIRED' };
      const reasons = newPassword === null ? [] : await passwordPolicy.weaknesses(newPassword, claim.personal);
      if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };

      const passwordHash = newPassword === null ? null : await hasher.hash(newPassword);
      const verified = store.transaction(async (tx) => {
        await tx.signUps.takeTurn(claim.emailCanonical);
        if (!(await tx.oneTimeTokens.consume(token.id, 'VERIFY_EMAIL'))) return undefined;
        const user = await claim.settle(tx, passwordHash);
        await tx.signUps.voidAll(claim.emailCanonical);
        const actor = { kind: 'anonymous', client } as const;
        if (user) await recordEvent(tx, clock(), actor, { type: 'EMAIL_VERIFIED', subjectId: user.id });
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
    },

    /**
     * Asks for another link. Answers nothing, whatever the address is.
     *
     * @throws GatehouseError RATE_LIMITED when the network asks too often
     */
    async resend(email: string, client: Client): Promise<void> {
      const retryAfterSeconds = await rateLimits.mailRequest(client);
      if (retryAfterSeconds > 0) throw new GatehouseError('RATE_LIMITED', { retryAfterSeconds });
      const address = parseEmailAddress(email);
      if (address) await mailRequests.ask({ kind: 'VERIFY_EMAIL', emailCanonical: address.canonical }, client);
    },
  };
};
