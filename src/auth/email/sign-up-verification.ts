import type { Config } from '../../config/config.js';
import { equalDigests, receiptDigest } from '../../security/tokens/one-time-token.js';
import type { LiveToken } from '../../store/tables/one-time-tokens.js';
import type { SignUpRecord } from '../../store/tables/sign-ups.js';
import type { Client } from '../caller.js';
import { blankProfile } from '../email-links/stranger-data.js';
import { renewDeviceTokens } from '../password-checks/device-tokens.js';
import type { Change, UnitOfWork } from '../unit-of-work.js';
import type { ChoosePassword } from './chosen-password.js';
import type { EmailVerification, VerificationFailure, VerifiedEmail } from './verification-request.js';
import { verifyUser } from './verify-user.js';

const matchesReceipt = (signUp: SignUpRecord, receipt: string | null): boolean => {
  const digest = receipt === null ? undefined : receiptDigest(receipt);
  return digest !== undefined && equalDigests(signUp.receiptDigest, digest);
};

/**
 * Verifies a sign-up. The link proves ownership of the address, and the receipt proves that the same person signed up.
 * Without the receipt, the password given at sign-up may belong to a stranger who entered the victim's address and
 * waits for the victim to click, so a new password is required, and the stranger's name and language are dropped.
 */
export const createSignUpVerification = ({
  change,
  config,
  choosePassword,
}: {
  readonly change: Change;
  readonly config: Pick<Config, 'signUp'>;
  readonly choosePassword: ChoosePassword;
}) => {
  const createUser = async (
    tx: UnitOfWork,
    { email, emailCanonical }: SignUpRecord,
    profile: Pick<SignUpRecord, 'name' | 'locale'>,
    passwordHash: string,
  ): Promise<string | undefined> => {
    if (config.signUp === 'closed') return undefined;
    const id = tx.newId();
    const user = { id, email, emailCanonical, isVerified: true, origin: 'SIGN_UP', ...profile } as const;
    const event = { type: 'EMAIL_VERIFIED', subjectId: id } as const;
    await tx.users.create({ ...user, roles: ['USER'], passwordHash }, event);
    return id;
  };

  return async (
    token: LiveToken,
    signUp: SignUpRecord,
    { receipt, newPassword }: EmailVerification,
    client: Client,
  ): Promise<VerifiedEmail | VerificationFailure> => {
    const hasReceipt = matchesReceipt(signUp, receipt);
    const chosen = await choosePassword(newPassword, signUp, client, { isRequired: !hasReceipt });
    if ('failure' in chosen) return chosen;
    const profile = hasReceipt ? { name: signUp.name, locale: signUp.locale } : blankProfile;

    /** Returns the account, or nothing when the sign-up is no longer valid. */
    const createOrVerifyUser = async (tx: UnitOfWork): Promise<{ id: string; email: string } | undefined> => {
      // The receipt may have been voided since it was compared.
      const current = await tx.signUps.find(signUp.id);
      if (!current || (chosen.hash === null && !matchesReceipt(current, receipt))) return undefined;
      const passwordHash = chosen.hash ?? signUp.passwordHash;
      const existing = await tx.users.findByAddress(signUp.emailCanonical);
      if (!existing) {
        const id = await createUser(tx, signUp, profile, passwordHash);
        return id === undefined ? undefined : { id, email: signUp.email };
      }
      // An account that an administrator created meanwhile has an owner and roles that no earlier sign-up can claim.
      if (existing.origin !== 'SIGN_UP') return undefined;
      return (await verifyUser(tx, existing.id, profile, passwordHash)) ? existing : undefined;
    };

    const verified = await change({ kind: 'anonymous', client }, async (tx) => {
      await tx.signUps.lockAddress(signUp.emailCanonical);
      if (!(await tx.oneTimeTokens.consume(token.id, 'VERIFY_EMAIL'))) return undefined;
      const user = await createOrVerifyUser(tx);
      await tx.signUps.voidAll(signUp.emailCanonical);
      return user && { email: user.email, deviceToken: await renewDeviceTokens(tx, user.id) };
    });
    return verified ?? { failure: 'INVALID_TOKEN' };
  };
};
