import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { readDigestTable } from './digest-table.js';
import {
  NORMALIZED_MIN_LENGTH,
  normalizePassword,
  foldPassword,
  isPredictablePassword,
  passwordWithoutSubstitutions,
  passwordWords,
} from './password-normalization.js';

/** The built-in list of passwords that an attacker guesses first. */
export interface LeakedPasswords {
  has(password: string): boolean;
}

/** The relative path is the same from `src/` and from the compiled code. */
export const leakedPasswordsFile = fileURLToPath(new URL('../../../data/leaked-passwords.bin', import.meta.url));

/** A password of any two of the most frequent words is found in 10^8 guesses. */
const COMMON_WORDS = 10_000;

/** A longer word cannot consist of two common ones, so it is not split. */
const TWO_WORDS_MAX_LENGTH = 40;

/** Shorter passwords are below the minimum length of any policy, so only words among them are kept. */
const COMPLETE_MIN_LENGTH = 8;

const isWord = (text: string): boolean => /^\p{L}+$/u.test(text) && text.length >= NORMALIZED_MIN_LENGTH;
const commonWordEntry = (word: string): string => `common ${word}`;

/** Generates the entries of the digest table from leaked passwords in order of frequency, the most frequent first. */
export function* leakedPasswordEntries(passwords: Iterable<string>): Generator<string> {
  const common = new Set<string>();
  for (const password of passwords) {
    const folded = foldPassword(password);
    const normalized = normalizePassword(folded);
    if (!isWord(normalized) && folded.length < COMPLETE_MIN_LENGTH) continue;
    yield normalized;
    if (common.size === COMMON_WORDS || !isWord(normalized) || common.has(normalized)) continue;
    common.add(normalized);
    yield commonWordEntry(normalized);
  }
}

/**
 * Opens the list that is shipped with the server.
 *
 * A password is on the list when it is predictable, when its normalized form has leaked, or when it consists of two common
 * words. Three or more words are accepted: a good passphrase consists of words each of which has leaked.
 *
 * @throws Error when the file is damaged
 */
export const openLeakedPasswords = (file = leakedPasswordsFile): LeakedPasswords => {
  const table = readDigestTable(readFileSync(file));

  const areCommon = (words: readonly string[]): boolean => words.every((word) => table.has(commonWordEntry(word)));

  const isTwoCommonWords = (normalized: string): boolean => {
    const [word = '', ...others] = passwordWords(normalized) ?? [];
    if (others.length > 0) return others.length === 1 && areCommon([word, ...others]);
    if (word.length > TWO_WORDS_MAX_LENGTH) return false;
    for (let end = NORMALIZED_MIN_LENGTH; end <= word.length - NORMALIZED_MIN_LENGTH; end += 1) {
      if (areCommon([word.slice(0, end), word.slice(end)])) return true;
    }
    return false;
  };

  return {
    has(password) {
      const folded = foldPassword(password);
      if (isPredictablePassword(folded)) return true;
      const normalized = normalizePassword(folded);
      const candidates = [normalized, ...passwordWithoutSubstitutions(normalized)];
      return candidates.some((text) => table.has(text)) || isTwoCommonWords(normalized);
    },
  };
};
