import {
  foldPassword,
  isPredictablePassword,
  normalizePassword,
  passwordWithoutSubstitutions,
  passwordWords,
} from '../../../src/security/passwords/password-normalization.js';

describe('a folded password', () => {
  it('is never longer than a password may be, however much a character of it stands for', () => {
    const ligature = String.fromCodePoint(0xfdfa);
    expect(foldPassword(ligature)).toHaveLength(18);
    expect(foldPassword(ligature.repeat(256))).toHaveLength(512);
    expect(foldPassword('\u{20bb7}'.repeat(256))).toHaveLength(512);
  });

  it('has neither case nor accents nor compatibility forms', () => {
    expect(foldPassword('ÉcoleＡ①')).toBe('ecolea1');
  });
});

describe('a normalized password', () => {
  it.each([
    ['dragondragondragon', 'dragon'],
    ['dragondragondrag', 'dragon'],
    ['dragon2024!', 'dragon'],
    ['!!dragon', 'dragon'],
    ['dragon-dragon', 'dragon'],
    ['blue dragon 42', 'blue dragon'],
    ['abc', 'abc'],
    ['a1b2c3d4', 'a1b2c3d'],
  ])('of %s is %s', (password, normalized) => {
    expect(normalizePassword(password)).toBe(normalized);
  });

  it('is the password itself when it has too many unpredictable characters besides its words', () => {
    const password = 'x7!9z$2%q8&4w6*3';
    expect(passwordWords(password)).toBeUndefined();
    expect(normalizePassword(password)).toBe(password);
  });
});

describe('a predictable password', () => {
  it.each(['aaaaaaaaaaaaaaaa', 'abcdefghijklmnop', 'qwertyuiopasdfghjkl', '98765432109876543210', '1qaz2wsx3edc4rfv'])(
    'is %s',
    (password) => {
      expect(isPredictablePassword(password)).toBe(true);
    },
  );

  it.each(['correct horse battery', 'x7!9z$2%q8&4w', 'dragon'])('is not %s', (password) => {
    expect(isPredictablePassword(password)).toBe(false);
  });
});

describe('a password without substitutions', () => {
  it('has letters in the place of digits and symbols', () => {
    expect(passwordWithoutSubstitutions('p@55w0rd')).toEqual(['password']);
  });

  it('has two forms when it contains a 1, which stands for i or l', () => {
    expect(passwordWithoutSubstitutions('s1mp7e')).toEqual(['simpte', 'slmpte']);
  });
});
