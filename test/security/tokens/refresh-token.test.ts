import fc from 'fast-check';

import {
  generateRefreshTokenSecret,
  signRefreshToken,
  readRefreshToken,
  refreshTokenKey,
} from '../../../src/security/tokens/refresh-token.js';

const key = refreshTokenKey('01956e3c-1c00-7000-8000-000000000001', Buffer.alloc(32, 1));
const other = refreshTokenKey('01956e3c-1c00-7000-8000-000000000002', Buffer.alloc(32, 2));
const claims = { sessionId: '01956e3c-1c00-7000-8000-00000000000c', generation: 7 };
const token = signRefreshToken(key, claims);

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const generation = fc.integer({ min: 1, max: 0xffffffff });

describe('refresh token', () => {
  it('is 92 characters of base64url: version 1, key id, session id, generation, MAC', () => {
    expect(token).toMatch(/^[A-Za-z0-9_-]{92}$/);
    const bytes = Buffer.from(token, 'base64url');
    expect(bytes.subarray(0, 37).toString('hex')).toBe(
      '01' + '01956e3c1c0070008000000000000001' + '01956e3c1c007000800000000000000c' + '00000007',
    );
  });

  it('says what was issued', () => {
    fc.assert(
      fc.property(fc.uuid(), generation, (sessionId, n) => {
        expect(readRefreshToken([other, key], signRefreshToken(key, { sessionId, generation: n }))).toEqual({
          sessionId,
          generation: n,
        });
      }),
    );
  });

  it('is computed again from the same claims', () => {
    expect(signRefreshToken(key, claims)).toBe(token);
  });

  it('is refused without its key, and under another key of the same id', () => {
    expect(readRefreshToken([], token)).toBeUndefined();
    expect(readRefreshToken([other], token)).toBeUndefined();
    expect(readRefreshToken([refreshTokenKey(key.id, Buffer.alloc(32, 3))], token)).toBeUndefined();
  });

  it('is refused when any one of its bits is flipped', () => {
    const bytes = Buffer.from(token, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(readRefreshToken([key, other], flipped.toString('base64url'))).toBeUndefined();
    }
  });

  it('is refused when any one of its characters is another', () => {
    for (let at = 0; at < token.length; at += 1) {
      for (const character of `${alphabet}=+/. \n`) {
        if (character === token[at]) continue;
        expect(readRefreshToken([key], token.slice(0, at) + character + token.slice(at + 1))).toBeUndefined();
      }
    }
  });

  it('is refused after any edit: a part replaced, inserted or cut out, or two tokens spliced', () => {
    const donor = signRefreshToken(other, { sessionId: '01956e3c-1c00-7000-8000-00000000000d', generation: 8 });
    const position = fc.nat(token.length);
    const insertion = fc.oneof(fc.string(), fc.constant(donor), fc.constant(token));
    fc.assert(
      fc.property(position, position, insertion, (from, to, text) => {
        const edited = token.slice(0, from) + text + token.slice(to);
        fc.pre(edited !== token && edited !== donor);
        expect(readRefreshToken([key, other], edited)).toBeUndefined();
      }),
      { numRuns: 5000 },
    );
  });

  it('is refused for any text that we did not write', () => {
    fc.assert(fc.property(fc.string(), (text) => readRefreshToken([key], text) === undefined));
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 69, maxLength: 69 }),
        (bytes) => readRefreshToken([key], Buffer.from(bytes).toString('base64url')) === undefined,
      ),
    );
  });

  it.each(['', ' ', 'undefined', 'null', `${token}=`, ` ${token}`, `${token}\n`, token.repeat(2), 'A'.repeat(92)])(
    'is refused as %j',
    (text) => {
      expect(readRefreshToken([key], text)).toBeUndefined();
    },
  );

  it('is not issued for a generation below 1 or above 32 bits, nor for a session that is no UUID', () => {
    expect(() => signRefreshToken(key, { ...claims, generation: 0 })).toThrow(RangeError);
    expect(() => signRefreshToken(key, { ...claims, generation: 2 ** 32 })).toThrow(RangeError);
    expect(() => signRefreshToken(key, { ...claims, generation: 1.5 })).toThrow(RangeError);
    expect(() => signRefreshToken(key, { ...claims, sessionId: 'nobody' })).toThrow(RangeError);
  });

  it('has a key of 32 random bytes whose id is a UUID', () => {
    expect(generateRefreshTokenSecret()).toHaveLength(32);
    expect(generateRefreshTokenSecret()).not.toEqual(generateRefreshTokenSecret());
    expect(() => refreshTokenKey(key.id, Buffer.alloc(31))).toThrow(RangeError);
    expect(() => refreshTokenKey('first', Buffer.alloc(32))).toThrow(RangeError);
  });
});
