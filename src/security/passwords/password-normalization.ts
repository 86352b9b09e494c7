/**
 * What is left of a password when everything is taken off that a guesser puts on anyway.
 *
 * Whoever is asked for fifteen characters and has eight types them twice, counts on to the end of the row, or appends a
 * year and an exclamation mark; every cracking tool has these as rules. So a list of leaked passwords, nearly all of which
 * are shorter than fifteen characters, is compared by cores: of the entries when the list is made, of the password when it
 * is looked up, by these same functions. Nothing is taken out of the middle: several words stay several words.
 */

/** A core shorter than this is an accident, and is not looked for. */
export const CORE_MIN_LENGTH = 4;

/** A day, a month, a year and a sign: so many surprises may stand around a word without hiding it. */
const ORNAMENT_MAX_LENGTH = 9;

/** Two neighbours are chance, three are a walk. */
const PREDICTABLE_MIN_LENGTH = 3;

/** Below the shortest password that any policy may allow. */
const GUESSABLE_LENGTH = 7;

/** Rows and columns of the usual keyboards, and what is counted up. Each is walked both ways. */
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
const walks = [...tracks, ...tracks.map(reversed)].join('\n');

const ascii = /^\p{ASCII}*$/u;

/**
 * As many UTF-16 units as the longest password has. A compatibility form may stand for eighteen characters: without an end,
 * 256 of them would keep a processor busy for a tenth of a second before any limit has counted the request.
 */
const FOLDED_MAX_LENGTH = 512;

/** One spelling for what looks the same to whoever types it: without case, accents and compatibility forms. */
export const foldPassword = (text: string): string =>
  ascii.test(text)
    ? text.toLowerCase()
    : text
        .normalize('NFKD')
        .replace(/[\u0300-\u036f]/g, '')
        .normalize('NFC')
        .toLowerCase()
        .slice(0, FOLDED_MAX_LENGTH);

/** What is repeated, when a text is something repeated, also where the last time was cut short. */
const unitOf = (text: string): string => {
  for (let period = 1; period <= (text.length * 2) / 3; period += 1) {
    if (text.startsWith(text.slice(period))) return text.slice(0, period);
  }
  return text;
};

/** How many characters of a text come as a surprise: a repetition, a walk or a count tells only where it begins and ends. */
const surprises = (text: string): number => {
  const unit = unitOf(text);
  let count = 0;
  for (let start = 0; start < unit.length;) {
    const length = Math.max(walkAt(unit, start), samenessAt(unit, start));
    const isPredictable = length >= PREDICTABLE_MIN_LENGTH;
    count += isPredictable ? 2 : 1;
    start += isPredictable ? length : 1;
  }
  return count;
};

const walkAt = (text: string, start: number): number => {
  let end = start + PREDICTABLE_MIN_LENGTH;
  while (end <= text.length && walks.includes(text.slice(start, end))) end += 1;
  return end - 1 - start;
};

const samenessAt = (text: string, start: number): number => {
  let end = start + 1;
  while (end < text.length && text[end] === text[start]) end += 1;
  return end - start;
};

/** Whether a folded password is little more than a repetition, a walk over the keyboard or a count. */
export const isMonotonousPassword = (folded: string): boolean =>
  surprises(folded) <= Math.min(GUESSABLE_LENGTH, folded.length / 2);

/** The words of a folded text, or `undefined` where what stands around and between them is more than ornament. */
export const passwordWords = (folded: string): readonly string[] | undefined => {
  const ornaments = folded.replace(/\p{L}+/gu, '');
  const isPlain = ornaments.length <= ORNAMENT_MAX_LENGTH || surprises(ornaments) <= ORNAMENT_MAX_LENGTH;
  return isPlain ? (folded.match(/\p{L}+/gu) ?? []) : undefined;
};

/** The core of a folded password: the word that it repeats or adorns, or else itself. */
export const corePassword = (folded: string): string => {
  const unit = unitOf(folded);
  const words = passwordWords(unit);
  if (words === undefined) return unit;
  const [first = ''] = words;
  const isOneWord = words.every((word) => word === first);
  const core = isOneWord ? first : unit.replace(/^\P{L}+/u, '').replace(/\P{L}+$/u, '');
  return [unitOf(core), core].find((text) => text.length >= CORE_MIN_LENGTH) ?? unit;
};

const disguises: Readonly<Record<string, string>> = {
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

/** The texts that a folded one may be with digits and signs for letters; the figure one stands for an i or an l. */
export const passwordWithoutSubstitutions = (folded: string): readonly string[] => {
  const plain = folded.replace(/[4@83605$7+]/g, (sign) => disguises[sign] ?? sign);
  return /[1!|]/.test(plain) ? [plain.replace(/[1!|]/g, 'i'), plain.replace(/[1!|]/g, 'l')] : [plain];
};
