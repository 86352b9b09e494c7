import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { readDigestTable } from './digest-table.js';
import {
  CORE_MIN_LENGTH,
  corePassword,
  foldPassword,
  isMonotonousPassword,
  passwordWithoutSubstitutions,
  passwordWords,
} from './password-normalization.js';

/** The passwords that a guesser tries first. */
export interface LeakedPasswords {
  has(password: string): boolean;
}

/** Two levels up from `src/security` and from `dist/security` alike. */
export const leakedPasswordsFile = fileURLToPath(new URL('../../../data/leaked-passwords.bin', import.meta.url));

/** Of the words that head the list, any two make a password that is found in 10^8 guesses. */
const COMMON_WORDS = 10_000;

/** Longer words are no two common ones. */
const TWO_WORDS_MAX_LENGTH = 40;

/** What fewer characters than any policy asks for can only be found as the core of a longer password. */
const WHOLE_MIN_LENGTH = 8;

const isWord = (text: string): boolean => /^\p{L}+$/u.test(text) && text.length >= CORE_MIN_LENGTH;
const asCommon = (word: string): string => `common ${word}`;

/** What a table of leaked passwords has to hold, so that `openLeakedPasswords` finds them; the most frequent come first. */
export function* entriesOf(passwords: Iterable<string>): Generator<string> {
  const common = new Set<string>();
  for (const password of passwords) {
    const folded = foldPassword(password);
    const core = corePassword(folded);
    if (!isWord(core) && folded.length < WHOLE_MIN_LENGTH) continue;
    yield core;
    if (common.size === COMMON_WORDS || !isWord(core) || common.has(core)) continue;
    common.add(core);
    yield asCommon(core);
  }
}

/**
 * Opens the list that is part of the program.
 *
 * Refused is what monotony or a leaked core makes guessable, and two common words, beside or inside each other's ornaments.
 * Three words and more are not looked into: that is how good passphrases are made, and each of their words has leaked.
 *
 * @throws Error when the file is damaged
 */
export const openLeakedPasswords = (file = leakedPasswordsFile): LeakedPasswords => {
  const table = readDigestTable(readFileSync(file));

  const areCommon = (words: readonly string[]): boolean => words.every((word) => table.has(asCommon(word)));

  const isTwoCommonWords = (core: string): boolean => {
    const [word = '', ...others] = passwordWords(core) ?? [];
    if (others.length > 0) return others.length === 1 && areCommon([word, ...others]);
    if (word.length > TWO_WORDS_MAX_LENGTH) return false;
    for (let end = CORE_MIN_LENGTH; end <= word.length - CORE_MIN_LENGTH; end += 1) {
      if (areCommon([word.slice(0, end), word.slice(end)])) return true;
    }
    return false;
  };

  return {
    has(password) {
      const folded = foldPassword(password);
      if (isMonotonousPassword(folded)) return true;
      const core = corePassword(folded);
      return [core, ...passwordWithoutSubstitutions(core)].some((text) => table.has(text)) || isTwoCommonWords(core);
    },
  };
};
