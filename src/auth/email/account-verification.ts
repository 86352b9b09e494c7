import type { LiveToken } from '../../store/tables/one-time-tokens.js';
import type { UserRecord } from '../../store/tables/users.js';
import type { Client } from '../caller.js';
import { blankProfile } from '../email-links/stranger-data.js';
import { renewDeviceTokens } from '../password-checks/device-tokens.js';
import type { Change } from '../unit-of-work.js';
import type { ChoosePassword } from './chosen-password.js';
import type { EmailVerification, VerificationFailure, VerifiedEmail } from './verification-request.js';
import { verifyUser } from './verify-user.js';

/**
 * Verifies the address of an account that has its own link. Somebody who signed up with the address, here or in the
 * system from which the account was imported, chose the password without proving ownership of the address, so a new
 * password is required. An account that an administrator created belongs to the owner of the address.
 */
export const createAccountVerification =
  ({ change, choosePassword }: { readonly change: Change; readonly choosePassword: ChoosePassword }) =>
  async (
    { id, emailCanonical }: LiveToken,
    user: UserRecord,
    { newPassword }: EmailVerification,
    client: Client,
  ): Promise<VerifiedEmail | VerificationFailure> => {
    const mayBelongToStranger = user.origin !== 'ADMINISTRATOR';
    const chosen = await choosePassword(newPassword, user, client, { isRequired: mayBelongToStranger });
    if ('failure' in chosen) return chosen;

    const deviceToken = await change({ kind: 'anonymous', client }, async (tx) => {
      await tx.signUps.lockAddress(emailCanonical);
      if (!(await tx.oneTimeTokens.consume(id, 'VERIFY_EMAIL'))) return undefined;
      const existing = await tx.users.findByAddress(emailCanonical);
      const isUserVerified =
        existing?.id === user.id &&
        (await verifyUser(tx, user.id, mayBelongToStranger ? blankProfile : existing, chosen.hash));
      await tx.signUps.voidAll(emailCanonical);
      return isUserVerified ? renewDeviceTokens(tx, user.id) : undefined;
    });
    return deviceToken === undefined ? { failure: 'INVALID_TOKEN' } : { email: user.email, deviceToken };
  };
