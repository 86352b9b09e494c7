import type { WeakPasswordReason } from '../errors.js';

/** Longer passwords are refused before they cost a hash. In code points, after NFC. */
export const PASSWORD_MAX_LENGTH = 256;

const PERSONAL_WORD_MIN_LENGTH = 4;
const PRODUCT_NAME = 'gatehouse';

/** What is personal about an account: a password that holds one of these words is the first that is guessed. */
export interface PersonalWords {
  readonly email: string;
  readonly name: string | null;
}

/**
 * Names every rule that a password breaks. There are no rules of composition: length and unpredictability decide.
 *
 * @see NIST SP 800-63B-4 section 3.1.1.2
 */
export const weaknesses = (
  password: string,
  minLength: number,
  { email, name }: PersonalWords,
): WeakPasswordReason[] => {
  const normal = password.normalize('NFC');
  const { length } = Array.from(normal);
  const reasons: WeakPasswordReason[] = [];
  if (length < minLength) reasons.push('TOO_SHORT');
  if (length > PASSWORD_MAX_LENGTH) reasons.push('TOO_LONG');
  const folded = normal.toLowerCase();
  const words = [
    PRODUCT_NAME,
    ...email.toLowerCase().split(/[^\p{L}\p{N}]+/u),
    ...(name ?? '').toLowerCase().split(/\s+/u),
  ];
  if (words.some((word) => word.length >= PERSONAL_WORD_MIN_LENGTH && folded.includes(word))) {
    reasons.push('CONTAINS_PERSONAL_WORD');
  }
  return reasons;
};

/** Whether a password could have been accepted at all; one that is longer is wrong without being hashed. */
export const isHashable = (password: string): boolean =>
  password.length <= 4 * PASSWORD_MAX_LENGTH && Array.from(password.normalize('NFC')).length <= PASSWORD_MAX_LENGTH;
