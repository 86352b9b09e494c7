import { isDisplayName } from '../../src/values/display-name.js';

describe('isDisplayName', () => {
  it.each(['Ada', "Conan O'Brien", 'Ada\u00a0Lovelace', '李雷', 'محمد', 'Renée', '🦉', ' Ada ', '👩‍🚀'])(
    'accepts %j',
    (name) => {
      expect(isDisplayName(name)).toBe(true);
    },
  );

  it('counts code points, of which 200 are accepted', () => {
    expect(isDisplayName('🦉'.repeat(200))).toBe(true);
    expect(isDisplayName('🦉'.repeat(201))).toBe(false);
    expect(isDisplayName('a'.repeat(201))).toBe(false);
    expect(isDisplayName('a'.repeat(1_000_000))).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['white space', ' \t\u3000'],
    ['invisible characters', '\u200b\u2060\ufeff'],
    ['a line break', 'Ada\nYour account is locked'],
    ['a Braille pattern without dots', '\u2800'],
    ['a line separator', 'Ada\u2028Your account is locked'],
    ['a paragraph separator', 'Ada\u2029Your account is locked'],
    ['an interlinear annotation', 'Ada\ufff9'],
    ['a NUL', 'Ada\0'],
    ['a right-to-left override', 'Ada\u202egro.elpmaxe'],
    ['an isolate', 'Ada\u2066'],
    ['a right-to-left mark', 'Ada\u200f'],
    ['an Arabic letter mark', 'Ada\u061c'],
    ['a lone surrogate', 'Ada\ud800'],
  ])('refuses %s', (_description, name) => {
    expect(isDisplayName(name)).toBe(false);
  });
});
