import type { Failure } from '../../errors.js';

/** The token from the email, with the receipt, which proves who signed up, or else a new password. */
export interface EmailVerification {
  readonly token: string;
  readonly receipt: string | null;
  readonly newPassword: string | null;
}

/** The address that has been verified, as the account stores it, and a token for the device that verified it. */
export interface VerifiedEmail {
  readonly email: string;
  readonly deviceToken: string;
}

export type VerificationFailure = Failure<'INVALID_TOKEN' | 'PASSWORD_REQUIRED' | 'WEAK_PASSWORD'>;
