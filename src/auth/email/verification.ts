import type { Failure } from '../../errors.js';
import { StoreConflict } from '../../store/errors.js';
import type { Store } from '../../store/store.js';
import { parseEmailAddress } from '../../values/email-address.js';
import type { Client } from '../caller.js';
import type { FindLinkToken } from '../email-links/link-token.js';
import type { MailRequests } from '../email-links/mail-requests.js';
import { formWeaknesses } from '../password-checks/password-policy.js';
import type { RateLimited, RateLimits } from '../rate-limits/rate-limits.js';
import type { createAccountVerification } from './account-verification.js';
import type { createSignUpVerification } from './sign-up-verification.js';
import type { EmailVerification, VerificationFailure, VerifiedEmail } from './verification-request.js';

/** Verifies addresses. The first verification of an address invalidates every other sign-up for it. */
export const createEmailVerification = ({
  store,
  verifySignUp,
  verifyAccount,
  rateLimits,
  mailRequests,
  findLinkToken,
}: {
  readonly store: Pick<Store, 'users' | 'signUps'>;
  readonly verifySignUp: ReturnType<typeof createSignUpVerification>;
  readonly verifyAccount: ReturnType<typeof createAccountVerification>;
  readonly rateLimits: RateLimits;
  readonly mailRequests: MailRequests;
  readonly findLinkToken: FindLinkToken;
}) => {
  const verifyToken = async (
    verification: EmailVerification,
    client: Client,
  ): Promise<VerifiedEmail | VerificationFailure | RateLimited> => {
    const token = await findLinkToken(verification.token, 'VERIFY_EMAIL', client);
    if ('failure' in token) return token;
    if (token.signUpId !== null) {
      const signUp = await store.signUps.find(token.signUpId);
      return signUp ? verifySignUp(token, signUp, verification, client) : { failure: 'INVALID_TOKEN' };
    }
    const user = token.userId === null ? undefined : await store.users.find(token.userId);
    return user ? verifyAccount(token, user, verification, client) : { failure: 'INVALID_TOKEN' };
  };

  return {
    /** Verifies the address that a token was sent to. An empty new password counts as none. */
    async verify(
      verification: EmailVerification,
      client: Client,
    ): Promise<VerifiedEmail | VerificationFailure | RateLimited> {
      const newPassword = verification.newPassword === '' ? null : verification.newPassword;
      const reasons = newPassword === null ? [] : formWeaknesses(newPassword);
      if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };
      try {
        return await verifyToken({ ...verification, newPassword }, client);
      } catch (error) {
        // Another sign-up for the address was verified first, at the same moment, and has voided this one.
        if (error instanceof StoreConflict) return { failure: 'INVALID_TOKEN' };
        throw error;
      }
    },

    /** Requests another link. The result is the same for every address, known or not. */
    async resend(email: string, client: Client): Promise<Failure<'INVALID_EMAIL' | 'RATE_LIMITED'> | undefined> {
      const address = parseEmailAddress(email);
      if (!address) return { failure: 'INVALID_EMAIL' };
      const taken = await rateLimits.takeMailRequest(client);
      if ('failure' in taken) return taken;
      await mailRequests.enqueue({ kind: 'VERIFY_EMAIL', emailCanonical: address.canonical }, client);
      return undefined;
    },
  };
};
