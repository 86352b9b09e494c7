import type { Failure } from '../../errors.js';
import type { PasswordHasher } from '../../security/passwords/password.js';
import type { Client } from '../caller.js';
import type { PasswordPolicy, PersonalWords } from '../password-checks/password-policy.js';

/** The hash of the password that a person chose while verifying an address; null when the stored password stays. */
export interface ChosenPassword {
  readonly hash: string | null;
}

/** Checks and hashes the password that a person may or must choose while verifying an address. */
export type ChoosePassword = (
  newPassword: string | null,
  personal: PersonalWords,
  client: Client,
  options: { readonly isRequired: boolean },
) => Promise<ChosenPassword | Failure<'PASSWORD_REQUIRED' | 'WEAK_PASSWORD'>>;

export const createChoosePassword =
  ({
    hasher,
    passwordPolicy,
  }: {
    readonly hasher: PasswordHasher;
    readonly passwordPolicy: PasswordPolicy;
  }): ChoosePassword =>
  async (newPassword, personal, client, { isRequired }) => {
    if (newPassword === null) return isRequired ? { failure: 'PASSWORD_REQUIRED' } : { hash: null };
    const reasons = await passwordPolicy.weaknesses(newPassword, personal);
    if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };
    return { hash: await hasher.admit(client.network, (hashing) => hashing.hash(newPassword)) };
  };
