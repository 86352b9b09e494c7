import { domainToUnicode } from 'node:url';

import type { WeakPasswordReason } from '../../errors.js';
import type { LeakedPasswordsRange } from '../../security/passwords/leaked-passwords-range.js';
import type { LeakedPasswords } from '../../security/passwords/leaked-passwords.js';
import { foldPassword, passwordWithoutSubstitutions } from '../../security/passwords/password-normalization.js';
import { PASSWORD_MAX_LENGTH } from '../../values/policy.js';

/** Shorter words turn up in any sentence; where a character is a syllable or a word, two are a name. */
const PERSONAL_WORD_MIN_LENGTH = 4;
const PERSONAL_SYLLABLES_MIN_LENGTH = 2;
const syllables = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+$/u;

const PRODUCT_NAME = 'gatehouse';

/** What is personal about an account: a password that holds one of these words is the first that is guessed. */
export interface PersonalWords {
  readonly email: string;
  readonly name: string | null;
}

/** What a password is judged by. */
export interface PasswordRules {
  readonly minLength: number;
  /** Where this service is; its name is in the passwords of many who use it. */
  readonly host: string;
  readonly leaked: LeakedPasswords;
  /** Asked as well, when there is one. */
  readonly range?: LeakedPasswordsRange | undefined;
  /** Called first; throws where no judgement may be waited for: inside a database transaction. */
  readonly guard?: () => void;
}

export interface PasswordPolicy {
  /**
   * Names every rule that a password breaks. There are no rules of composition: length and unpredictability decide.
   *
   * Nothing in it depends on who has an account. Whether a password has leaked is asked of one whose length will do; others
   * ask, and only when nothing else is wrong, which leaves them the fewest questions.
   *
   * @throws SERVICE_UNAVAILABLE when the range service is away and must not be
   * @see NIST SP 800-63B-4 section 3.1.1.2
   */
  weaknesses(password: string, personal: PersonalWords): Promise<WeakPasswordReason[]>;
}

export const createPasswordPolicy = ({ minLength, host, leaked, range, guard }: PasswordRules): PasswordPolicy => {
  const hasLeaked = async (password: string, isTheOnlyQuestion: boolean): Promise<boolean> =>
    leaked.has(password) || (isTheOnlyQuestion && range !== undefined && (await range(password)));

  return {
    async weaknesses(password, personal) {
      guard?.();
      const { length } = Array.from(password.normalize('NFC'));
      const reasons: WeakPasswordReason[] = [];
      if (length < minLength) reasons.push('TOO_SHORT');
      if (length > PASSWORD_MAX_LENGTH) reasons.push('TOO_LONG');
      const isOfLength = reasons.length === 0;
      if (holdsPersonalWord(password, personal, host)) reasons.push('CONTAINS_PERSONAL_WORD');
      if (isOfLength && (await hasLeaked(password, reasons.length === 0))) reasons.push('LEAKED');
      return reasons;
    },
  };
};

/** Whether a password could have been accepted at all; one that is longer is wrong without being hashed. */
export const hasHashableLength = (password: string): boolean =>
  password.length <= 4 * PASSWORD_MAX_LENGTH && Array.from(password.normalize('NFC')).length <= PASSWORD_MAX_LENGTH;

/** Compared without case, accents and disguise: Ångström, ANGSTROM and 4ngstr0m are one word. */
const holdsPersonalWord = (password: string, { email, name }: PersonalWords, host: string): boolean => {
  const folded = foldPassword(password);
  const spellings = [folded, ...passwordWithoutSubstitutions(folded)];
  const words = [PRODUCT_NAME, ...wordsOfDomain(host), ...wordsOfAddress(email), ...wordsOfName(name ?? '')];
  return words
    .map(foldPassword)
    .some((word) => isTelling(word) && spellings.some((spelling) => spelling.includes(word)));
};

const isTelling = (word: string): boolean =>
  Array.from(word).length >= (syllables.test(word) ? PERSONAL_SYLLABLES_MIN_LENGTH : PERSONAL_WORD_MIN_LENGTH);

const wordsOfName = (name: string): string[] => [name.trim(), ...partsOf(name)];

const wordsOfAddress = (email: string): string[] => {
  const at = email.lastIndexOf('@');
  const local = email.slice(0, at);
  return [email, local, ...partsOf(local), ...wordsOfDomain(email.slice(at + 1))];
};

/** All but the top level, as they are read: what thousands of names end in says nothing about anybody. */
const wordsOfDomain = (domain: string): string[] => {
  const labels = domainToUnicode(domain).split('.').slice(0, -1);
  return [...labels, ...labels.flatMap(partsOf)];
};

const partsOf = (text: string): string[] => text.split(/[^\p{L}\p{M}\p{N}]+/u);
