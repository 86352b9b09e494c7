import { isHashable, weaknesses } from '../../src/auth/password-policy.js';

const NOBODY = { email: 'x@y.zz', name: null };

describe('weaknesses', () => {
  it('counts code points after NFC, not bytes and not UTF-16 units', () => {
    expect(weaknesses('🦉'.repeat(14), 15, NOBODY)).toEqual(['TOO_SHORT']);
    expect(weaknesses('🦉'.repeat(15), 15, NOBODY)).toEqual([]);
    expect(weaknesses('e\u0301'.repeat(14), 15, NOBODY)).toEqual(['TOO_SHORT']);
    expect(weaknesses('e\u0301'.repeat(15), 15, NOBODY)).toEqual([]);
  });

  it('takes 256 characters and refuses 257', () => {
    expect(weaknesses('🦉'.repeat(256), 15, NOBODY)).toEqual([]);
    expect(weaknesses('🦉'.repeat(257), 15, NOBODY)).toEqual(['TOO_LONG']);
  });

  it('demands nothing of its composition', () => {
    for (const password of ['a'.repeat(15), '1'.repeat(15), ' '.repeat(15)])
      expect(weaknesses(password, 15, NOBODY)).toEqual([]);
  });

  it.each([
    ['the local part of the address', 'my ADALOVELACE password', { email: 'adalovelace@y.zz', name: null }],
    ['a part of it', 'my lovelace password', { email: 'ada.lovelace@y.zz', name: null }],
    ['the domain', 'my example password', { email: 'a@example.org', name: null }],
    ['a word of the name', 'my lovelace password', { email: 'a@b.cc', name: 'Ada Lovelace' }],
    ['a name with letters of its own', 'my ÅNGSTRÖM password', { email: 'a@b.cc', name: 'Anders Ångström' }],
    ['the name of the product', 'my GateHouse password', NOBODY],
  ])('refuses %s', (_what, password, personal) => {
    expect(weaknesses(password, 15, personal)).toEqual(['CONTAINS_PERSONAL_WORD']);
  });

  it('lets words of fewer than four letters pass: they turn up in any sentence', () => {
    expect(weaknesses('a boat and a canal', 15, { email: 'ada@and.io', name: 'Al Bo' })).toEqual([]);
  });

  it('names every rule that is broken', () => {
    expect(weaknesses('gatehouse', 15, NOBODY)).toEqual(['TOO_SHORT', 'CONTAINS_PERSONAL_WORD']);
  });
});

describe('isHashable', () => {
  it('accepts what could have been accepted once, and refuses the rest before it costs a hash', () => {
    expect(isHashable('short')).toBe(true);
    expect(isHashable('🦉'.repeat(256))).toBe(true);
    expect(isHashable('a'.repeat(257))).toBe(false);
    // CVE-2013-1443
    expect(isHashable('a'.repeat(1_000_000))).toBe(false);
  });
});
