import { createHash } from 'node:crypto';
import fc from 'fast-check';

import {
  equalDigests,
  generateOneTimeToken,
  generateReceipt,
  readOneTimeToken,
  receiptDigest,
} from '../../../src/security/tokens/one-time-token.js';

const id = '01956e3c-1c00-7000-8000-00000000000c';

describe('one-time token', () => {
  it('is id.secret, 22 + 1 + 43 characters, and its digest is the SHA-256 of the secret', () => {
    const { token, digest } = generateOneTimeToken(id);
    expect(token).toMatch(/^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$/);
    const secret = Buffer.from(token.slice(23), 'base64url');
    expect(digest).toEqual(createHash('sha256').update(secret).digest());
  });

  it('is read back as its row and digest', () => {
    const { token, digest } = generateOneTimeToken(id);
    expect(readOneTimeToken(token)).toEqual({ id, digest });
  });

  it('has another secret each time', () => {
    expect(generateOneTimeToken(id).digest).not.toEqual(generateOneTimeToken(id).digest);
  });

  it('is not created for an id that is not a UUID', () => {
    expect(() => generateOneTimeToken('nobody')).toThrow(RangeError);
  });

  it('is not matched by the stored digest in its place', () => {
    const { token, digest } = generateOneTimeToken(id);
    const replayed = readOneTimeToken(`${token.slice(0, 23)}${digest.toString('base64url')}`);
    expect(replayed && equalDigests(replayed.digest, digest)).toBe(false);
  });

  it('has one spelling: any edit names another row, has another digest, or is refused', () => {
    const { token, digest } = generateOneTimeToken(id);
    fc.assert(
      fc.property(fc.nat(token.length), fc.nat(token.length), fc.string(), (from, to, text) => {
        const edited = token.slice(0, from) + text + token.slice(to);
        fc.pre(edited !== token);
        const found = readOneTimeToken(edited);
        expect(found?.id === id && equalDigests(found.digest, digest)).toBe(false);
      }),
      { numRuns: 5000 },
    );
  });

  it('is refused in other spellings of the same bytes', () => {
    const { token } = generateOneTimeToken('ffffffff-ffff-7fff-bfff-ffffffffffff');
    expect(readOneTimeToken(`${token}=`)).toBeUndefined();
    expect(readOneTimeToken(` ${token}`)).toBeUndefined();
    expect(readOneTimeToken(`${token}\n`)).toBeUndefined();
    expect(readOneTimeToken(token.replace('_', '/'))).toBeUndefined();
    expect(readOneTimeToken(`${token}.`)).toBeUndefined();
    expect(readOneTimeToken(`${token}.AAAA`)).toBeUndefined();
    expect(readOneTimeToken(token.replace('w.', 'x.'))).toBeUndefined();
  });

  it.each(['', '.', 'null', 'undefined', 'AAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAA.', '.'.repeat(1000)])(
    'is refused as %j',
    (text) => {
      expect(readOneTimeToken(text)).toBeUndefined();
    },
  );
});

describe('receipt', () => {
  it('is 43 characters whose digest is found again', () => {
    const { receipt, digest } = generateReceipt();
    expect(receipt).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(receiptDigest(receipt)).toEqual(digest);
    expect(generateReceipt().receipt).not.toBe(receipt);
  });

  it.each(['', 'null', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}B`, `${'A'.repeat(43)}=`])(
    'is refused as %j',
    (text) => {
      expect(receiptDigest(text)).toBeUndefined();
    },
  );
});

describe('digests', () => {
  it('are equal when every byte is', () => {
    expect(equalDigests(Buffer.from('abc'), Buffer.from('abc'))).toBe(true);
    expect(equalDigests(Buffer.from('abc'), Buffer.from('abd'))).toBe(false);
  });

  it('differ when one is longer, without a throw', () => {
    expect(equalDigests(Buffer.from('abc'), Buffer.from('abcd'))).toBe(false);
    expect(equalDigests(Buffer.from(''), Buffer.from('a'))).toBe(false);
  });
});
