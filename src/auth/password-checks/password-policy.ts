import { domainToUnicode } from 'node:url';

import type { WeakPasswordReason } from '../../errors.js';
import type { LeakedPasswordsRange } from '../../security/passwords/leaked-passwords-range.js';
import type { LeakedPasswords } from '../../security/passwords/leaked-passwords.js';
import { foldPassword, passwordWithoutSubstitutions } from '../../security/passwords/password-normalization.js';
import { isWellFormed, passwordLength } from '../../values/password-form.js';
import { PASSWORD_MAX_LENGTH } from '../../values/policy.js';

/** Shorter words occur in any sentence. Where a character is a syllable or a word, two characters can be a name. */
const PERSONAL_WORD_MIN_LENGTH = 4;
const PERSONAL_SYLLABLES_MIN_LENGTH = 2;
const syllables = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+$/u;

const PRODUCT_NAME = 'gatehouse';

/** The personal data of an account. Passwords that contain a word of it are the first that an attacker guesses. */
export interface PersonalWords {
  readonly email: string;
  readonly name: string | null;
}

export interface PasswordRules {
  readonly minLength: number;
  /** The host name of this service, which many users include in their passwords. */
  readonly host: string;
  /** The name of the product that contains this service, if it has one. */
  readonly appName?: string | undefined;
  readonly leaked: LeakedPasswords;
  /** The external service to query as well, if one is configured. */
  readonly range?: LeakedPasswordsRange | undefined;
  /** Called first. Throws where a flow must not wait for the policy: inside a database transaction. */
  readonly guard?: () => void;
}

export interface PasswordPolicy {
  /**
   * Returns every rule that a password breaks. There are no composition rules: length and unpredictability decide.
   *
   * The result does not depend on who has an account. Only a password of acceptable length is checked for leaks, and
   * the external service is queried only if no other rule is broken, so that it receives as few queries as possible.
   *
   * @throws SERVICE_UNAVAILABLE when the range service is unavailable and required
   * @see NIST SP 800-63B-4 section 3.1.1.2
   */
  weaknesses(password: string, personal: PersonalWords): Promise<WeakPasswordReason[]>;
}

export const createPasswordPolicy = ({
  minLength,
  host,
  appName = '',
  leaked,
  range,
  guard,
}: PasswordRules): PasswordPolicy => {
  const serviceWords = [PRODUCT_NAME, ...wordsOfDomain(host), ...wordsOfName(appName)];
  const hasLeaked = async (password: string, breaksNoOtherRule: boolean): Promise<boolean> =>
    leaked.has(password) || (breaksNoOtherRule && range !== undefined && (await range(password)));

  return {
    async weaknesses(password, personal) {
      guard?.();
      const reasons = formWeaknesses(password);
      if (reasons.length > 0) return reasons;
      const length = passwordLength(password);
      if (length < minLength) reasons.push('TOO_SHORT');
      const hasAcceptableLength = reasons.length === 0;
      if (containsPersonalWord(password, personal, serviceWords)) reasons.push('CONTAINS_PERSONAL_WORD');
      if (hasAcceptableLength && (await hasLeaked(password, reasons.length === 0))) reasons.push('LEAKED');
      return reasons;
    },
  };
};

/**
 * Returns the rules that a new password breaks by its form alone, so that it can be rejected before any row is read. Half of a
 * surrogate pair is not a character, so a password that contains one has too few of them, regardless of its length.
 */
export const formWeaknesses = (password: string): WeakPasswordReason[] => {
  if (passwordLength(password) > PASSWORD_MAX_LENGTH) return ['TOO_LONG'];
  return isWellFormed(password) ? [] : ['TOO_SHORT'];
};

/** Ignores case, accents and character substitutions: Ångström, ANGSTROM and 4ngstr0m are the same word. */
const containsPersonalWord = (
  password: string,
  { email, name }: PersonalWords,
  serviceWords: readonly string[],
): boolean => {
  const folded = foldPassword(password);
  const spellings = [folded, ...passwordWithoutSubstitutions(folded)];
  const words = [...serviceWords, ...wordsOfAddress(email), ...wordsOfName(name ?? '')];
  return words
    .map(foldPassword)
    .some((word) => isLongEnough(word) && spellings.some((spelling) => spelling.includes(word)));
};

const isLongEnough = (word: string): boolean =>
  Array.from(word).length >= (syllables.test(word) ? PERSONAL_SYLLABLES_MIN_LENGTH : PERSONAL_WORD_MIN_LENGTH);

const wordsOfName = (name: string): string[] => [name.trim(), ...partsOf(name)];

const wordsOfAddress = (email: string): string[] => {
  const at = email.lastIndexOf('@');
  const local = email.slice(0, at);
  return [email, local, ...partsOf(local), ...wordsOfDomain(email.slice(at + 1))];
};

/** All labels except the top-level domain, in Unicode: an ending that thousands of domains share is not personal. */
const wordsOfDomain = (domain: string): string[] => {
  const labels = domainToUnicode(domain).split('.').slice(0, -1);
  return [...labels, ...labels.flatMap(partsOf)];
};

const partsOf = (text: string): string[] => text.split(/[^\p{L}\p{M}\p{N}]+/u);
