/**
 * Normalization of passwords before they are compared with a list of leaked ones.
 *
 * A user who has a password of 8 characters and needs one of 15 repeats it, continues along the keyboard row, or appends a
 * year and an exclamation mark. Every cracking tool has rules for these variations. Nearly all leaked passwords have fewer
 * than 15 characters, so list and password are compared in a normalized form, without such additions: the entries when the
 * list is built, the password when it is looked up. Only repetitions and additions around words are removed; several words
 * remain several words.
 */

/** Shorter normalized forms match by coincidence, so the password is kept as it is. */
export const NORMALIZED_MIN_LENGTH = 4;

/** A day, a month, a year and a symbol: this many unpredictable characters around a word do not protect it. */
const ADDITION_MAX_LENGTH = 9;

/** Two adjacent characters are coincidence, three are a sequence. */
const PREDICTABLE_MIN_LENGTH = 3;

/** Less than the minimum length of any policy. */
const GUESSABLE_LENGTH = 7;

/** Rows and columns of common keyboards, and numbers in order. Sequences run in either direction. */
const tracks = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  '00112233445566778899',
  '000111222333444555666777888999',
  '!@#$%^&*()_+',
  'qwertyuiop[]',
  "asdfghjkl;'",
  'zxcvbnm,./',
  'qwertzuiop',
  'yxcvbnm',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  'zaq1xsw2cde3vfr4bgt5nhy6mju7ki8lo9p0',
  'qazwsxedcrfvtgbyhnujmikolp',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  'йцукенгшщзхъ',
  'фывапролджэ',
  'ячсмитьбю',
];
const reversed = (text: string): string => Array.from(text).reverse().join('');
const sequences = [...tracks, ...tracks.map(reversed)].join('\n');

const ascii = /^\p{ASCII}*$/u;

/**
 * The number of UTF-16 units of the longest password. One compatibility character can expand to 18 characters: without this
 * limit, 256 of them would occupy a CPU for a tenth of a second before any rate limit has counted the request.
 */
const FOLDED_MAX_LENGTH = 512;

/** Removes differences of case, accents and compatibility forms. */
export const foldPassword = (text: string): string =>
  ascii.test(text)
    ? text.toLowerCase()
    : text
        .normalize('NFKD')
        .replace(/[\u0300-\u036f]/g, '')
        .normalize('NFC')
        .toLowerCase()
        .slice(0, FOLDED_MAX_LENGTH);

/** Returns the repeated unit of a text, of which the last repetition may be incomplete, or the text itself. */
const repeatedUnit = (text: string): string => {
  for (let period = 1; period <= (text.length * 2) / 3; period += 1) {
    if (text.startsWith(text.slice(period))) return text.slice(0, period);
  }
  return text;
};

/** Counts the unpredictable characters: of a sequence or a repeated character, only the beginning and the end count. */
const unpredictableLength = (text: string): number => {
  const unit = repeatedUnit(text);
  let count = 0;
  for (let start = 0; start < unit.length;) {
    const length = Math.max(sequenceLengthAt(unit, start), repetitionLengthAt(unit, start));
    const isPredictable = length >= PREDICTABLE_MIN_LENGTH;
    count += isPredictable ? 2 : 1;
    start += isPredictable ? length : 1;
  }
  return count;
};

const sequenceLengthAt = (text: string, start: number): number => {
  let end = start + PREDICTABLE_MIN_LENGTH;
  while (end <= text.length && sequences.includes(text.slice(start, end))) end += 1;
  return end - 1 - start;
};

const repetitionLengthAt = (text: string, start: number): number => {
  let end = start + 1;
  while (end < text.length && text[end] === text[start]) end += 1;
  return end - start;
};

/** Whether a folded password consists mostly of repetitions, keyboard sequences and numbers in order. */
export const isPredictablePassword = (folded: string): boolean =>
  unpredictableLength(folded) <= Math.min(GUESSABLE_LENGTH, folded.length / 2);

/** Returns the words of a folded password, or `undefined` when it has too many unpredictable characters besides them. */
export const passwordWords = (folded: string): readonly string[] | undefined => {
  const additions = folded.replace(/\p{L}+/gu, '');
  const isWordy = additions.length <= ADDITION_MAX_LENGTH || unpredictableLength(additions) <= ADDITION_MAX_LENGTH;
  return isWordy ? (folded.match(/\p{L}+/gu) ?? []) : undefined;
};

/** Reduces a folded password to the word or words that it repeats or extends, or else to its repeated unit. */
export const normalizePassword = (folded: string): string => {
  const unit = repeatedUnit(folded);
  const words = passwordWords(unit);
  if (words === undefined) return unit;
  const [first = ''] = words;
  const isOneWord = words.every((word) => word === first);
  const stripped = isOneWord ? first : unit.replace(/^\P{L}+/u, '').replace(/\P{L}+$/u, '');
  return [repeatedUnit(stripped), stripped].find((text) => text.length >= NORMALIZED_MIN_LENGTH) ?? unit;
};

const substitutions: Readonly<Record<string, string>> = {
  '4': 'a',
  '@': 'a',
  '8': 'b',
  '3': 'e',
  '6': 'g',
  '0': 'o',
  '5': 's',
  $: 's',
  '7': 't',
  '+': 't',
};

/** Undoes the substitution of digits and symbols for letters. `1`, `!` and `|` stand for i or l, so there may be two results. */
export const passwordWithoutSubstitutions = (folded: string): readonly string[] => {
  const plain = folded.replace(/[4@83605$7+]/g, (symbol) => substitutions[symbol] ?? symbol);
  return /[1!|]/.test(plain) ? [plain.replace(/[1!|]/g, 'i'), plain.replace(/[1!|]/g, 'l')] : [plain];
};
