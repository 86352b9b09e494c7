import { PASSWORD_MAX_LENGTH } from './policy.js';

/** NFC replaces at most four UTF-16 units by one code point. */
const MAX_UNITS = 4 * PASSWORD_MAX_LENGTH;

/** The number of code points of a password after NFC, or Infinity if it is too long for any to be counted. */
export const passwordLength = (password: string): number =>
  password.length > MAX_UNITS ? Infinity : Array.from(password.normalize('NFC')).length;

/** Whether a text contains no lone surrogate. Every lone surrogate would be hashed as the same replacement character. */
export const isWellFormed = (text: string): boolean => !/\p{Cs}/u.test(text);

/**
 * Whether a text can be the password of an account: well-formed, neither empty nor longer than the policy has ever allowed.
 * Any other text is a wrong password without being hashed, compared or counted, because it is a guess at no account.
 */
export const isPossiblePassword = (text: string): boolean =>
  text !== '' && passwordLength(text) <= PASSWORD_MAX_LENGTH && isWellFormed(text);
