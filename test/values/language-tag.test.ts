import { canonicalLocale } from '../../src/values/language-tag.js';

describe('canonicalLocale', () => {
  it.each([
    ['de', 'de'],
    ['DE-at', 'de-AT'],
    ['iw', 'he'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    ['de-DE-1996', 'de-DE-1996'],
    ['de-DE-u-co-phonebk', 'de-DE-u-co-phonebk'],
    ['en-t-ja', 'en-t-ja'],
    ['de-x-dialect', 'de-x-dialect'],
    ['sl-rozaj-biske', 'sl-biske-rozaj'],
  ])('spells %s as %s', (tag, expected) => {
    expect(canonicalLocale(tag)).toBe(expected);
  });

  it('refuses a tag whose canonical form is longer than 35 characters', () => {
    expect(canonicalLocale('en-u-ca-islamicc-co-standard-hc-h12')).toBeUndefined();
  });

  it.each(['', 'xx', 'xx-DE', 'und', 'und-DE', 'de_AT', 'x-dialect', 'i-klingon', 'de-', 'e', '../etc', 'de-DE-u-co-'])(
    'refuses %j',
    (tag) => {
      expect(canonicalLocale(tag)).toBeUndefined();
    },
  );
});
