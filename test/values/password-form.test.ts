import { isPossiblePassword, isWellFormed, passwordLength } from '../../src/values/password-form.js';

describe('passwordLength', () => {
  it('counts code points after NFC', () => {
    expect(passwordLength('🦉')).toBe(1);
    expect(passwordLength('cafe\u0301')).toBe(4);
  });

  it('does not count what is too long for any password', () => {
    expect(passwordLength('a'.repeat(1024))).toBe(1024);
    expect(passwordLength('a'.repeat(1025))).toBe(Infinity);
  });
});

describe('isWellFormed', () => {
  it('tells a surrogate pair from half of one', () => {
    expect([isWellFormed('🦉'), isWellFormed('\ud83e'), isWellFormed('\udd89')]).toEqual([true, false, false]);
  });
});

describe('isPossiblePassword', () => {
  it('accepts any well-formed text that could have been accepted once, however short', () => {
    for (const text of ['x', ' ', '\0', '🦉'.repeat(256)]) expect(isPossiblePassword(text)).toBe(true);
  });

  it('refuses the rest before it costs a hash', () => {
    for (const text of ['', 'a'.repeat(257), 'a'.repeat(1_000_000), 'x\ud800'])
      expect(isPossiblePassword(text)).toBe(false);
  });
});
