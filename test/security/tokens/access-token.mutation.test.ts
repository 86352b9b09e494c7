import fc from 'fast-check';

import { signAccessToken, verifyAccessToken } from '../../../src/security/tokens/access-token.js';
import { createKeyRing } from '../../../src/security/tokens/key-ring.js';
import { claims, ecKey, hmacKey, options, rsaKey } from './tokens.js';

const rings = [createKeyRing([ecKey, rsaKey]), createKeyRing([hmacKey])];
const roles = [['USER'], ['ADMIN'], ['USER', 'ADMIN']];
const originals = [ecKey, rsaKey, hmacKey].flatMap((key) =>
  roles.map((held) => signAccessToken(claims({ roles: held }), key)),
);

const original = fc.constantFrom(...originals);
const part = fc.nat(2);

/** Replaces one of the three parts. */
function withPart(token: string, index: number, change: (text: string) => string): string {
  return token
    .split('.')
    .map((text, at) => (at === index ? change(text) : text))
    .join('.');
}

function flipBit(bytes: Buffer, bit: number): Buffer {
  const at = (bit >> 3) % bytes.length;
  const flipped = Buffer.from(bytes);
  flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (bit & 7)), at);
  return flipped;
}

const flippedBit = fc
  .tuple(original, part, fc.nat(8 * 400))
  .map(([token, index, bit]) =>
    withPart(token, index, (text) => flipBit(Buffer.from(text, 'base64url'), bit).toString('base64url')),
  );

const flippedCharacterBit = fc
  .tuple(original, fc.nat(8 * 1200))
  .map(([token, bit]) => flipBit(Buffer.from(token), bit).toString('latin1'));

const editedMember = fc
  .tuple(
    original,
    fc.nat(1),
    fc.constantFrom('alg', 'typ', 'kid', 'jwk', 'crit', 'sub', 'roles', 'exp', 'gen', 'aud', '__proto__'),
    fc.oneof(
      fc.constantFrom<unknown>('none', 'HS256', 'ES256', 'RS256', 'ADMIN', ['ADMIN'], 9_999_999_999, {}, null),
      fc.jsonValue({ maxDepth: 1 }),
    ),
  )
  .map(([token, index, name, value]) =>
    withPart(token, index, (text) => {
      const object = JSON.parse(Buffer.from(text, 'base64url').toString()) as object;
      return Buffer.from(JSON.stringify({ ...object, [name]: value })).toString('base64url');
    }),
  );

const splicedParts = fc
  .tuple(original, original, part)
  .map(([token, donor, index]) => withPart(token, index, () => String(donor.split('.')[index])));

const splicedText = fc
  .tuple(original, original, fc.nat(1000), fc.nat(1000))
  .map(([token, donor, to, from]) => token.slice(0, to % token.length) + donor.slice(from % donor.length));

const reencoded = fc
  .tuple(
    original,
    part,
    fc.constantFrom(
      (bytes: Buffer) => bytes.toString('base64'),
      (bytes: Buffer) => `${bytes.toString('base64url')}=`,
      (bytes: Buffer) => bytes.toString('hex'),
      (bytes: Buffer) => Buffer.from(bytes.toString('base64url')).toString('base64url'),
      (bytes: Buffer) => encodeURIComponent(bytes.toString('base64')),
      (bytes: Buffer) => bytes.toString('base64url').toLowerCase(),
      (bytes: Buffer) => Buffer.from(bytes.toString('latin1'), 'utf16le').toString('base64url'),
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)]).toString('base64url'),
      (bytes: Buffer) => Buffer.concat([Buffer.of(0), bytes]).toString('base64url'),
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0x20)]).toString('base64url'),
    ),
  )
  .map(([token, index, encode]) => withPart(token, index, (text) => encode(Buffer.from(text, 'base64url'))));

const insertedText = fc
  .tuple(original, fc.nat(1200), fc.nat(3), fc.string({ maxLength: 4 }))
  .map(([token, at, removed, text]) => token.slice(0, at) + text + token.slice(at + removed));

describe('mutated access token', () => {
  it('has originals that are accepted', () => {
    for (const token of originals) {
      expect(rings.some((keys) => verifyAccessToken(token, { ...options, keys }).ok)).toBe(true);
    }
  });

  it('is never accepted, in 100,000 mutations that are no original', () => {
    const known = new Set(originals);
    const mutation = fc.oneof(
      flippedBit,
      flippedCharacterBit,
      editedMember,
      splicedParts,
      splicedText,
      reencoded,
      insertedText,
    );
    let tried = 0;
    fc.assert(
      fc.property(mutation, (token) => {
        fc.pre(!known.has(token));
        tried += 1;
        return rings.every((keys) => !verifyAccessToken(token, { ...options, keys }).ok);
      }),
      { numRuns: 100_000, maxSkipsPerRun: 1 },
    );
    expect(tried).toBe(100_000);
  });
});
