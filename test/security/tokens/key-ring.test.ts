import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';

import {
  createKeyRing,
  exportPrivateKey,
  generateSigningKey,
  importPrivateKey,
  hmacSigningKey,
  jwkThumbprint,
} from '../../../src/security/tokens/key-ring.js';
import { ecKey, hmacKey, rsaKey } from './tokens.js';

function der(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'pkcs8' });
}

function rsaDer(modulusLength: number, publicExponent = 65537): Buffer {
  return der(generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey);
}

describe('signing key', () => {
  it('has the thumbprint of RFC 7638 section 3.1', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W' +
      '-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08q' +
      'NLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    expect(jwkThumbprint({ kty: 'RSA', n, e: 'AQAB' })).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it('is named by its thumbprint, for an elliptic curve over crv, kty, x, y', () => {
    const { x, y } = ecKey.verifyingKey.export({ format: 'jwk' });
    const members = `{"crv":"P-256","kty":"EC","x":"${String(x)}","y":"${String(y)}"}`;
    expect(ecKey.kid).toBe(createHash('sha256').update(members).digest('base64url'));
  });

  it('is P-256 or RSA of 2048 bits with exponent 65537', () => {
    expect(ecKey.signingKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(rsaKey.signingKey.asymmetricKeyDetails).toEqual({ modulusLength: 2048, publicExponent: 65537n });
  });

  it.each([['ES256', ecKey] as const, ['RS256', rsaKey] as const])(
    'is the same key after export and import: %s',
    (algorithm, key) => {
      const read = importPrivateKey(exportPrivateKey(key), algorithm);
      expect(read.kid).toBe(key.kid);
      expect(read.algorithm).toBe(algorithm);
      expect(read.verifyingKey.equals(key.verifyingKey)).toBe(true);
      expect(read.verifyingKey.type).toBe('public');
    },
  );

  it.each([
    ['RSA of 1024 bits', 'RS256', rsaDer(1024)],
    ['RSA of an odd size', 'RS256', rsaDer(2056)],
    ['RSA with exponent 3', 'RS256', rsaDer(2048, 3)],
    ['RSA-PSS', 'RS256', der(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey)],
    ['an EC key', 'RS256', exportPrivateKey(ecKey)],
    ['P-384', 'ES256', der(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey)],
    ['secp256k1', 'ES256', der(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey)],
    ['Ed25519', 'ES256', der(generateKeyPairSync('ed25519').privateKey)],
    ['an RSA key', 'ES256', exportPrivateKey(rsaKey)],
  ] as const)('is refused when loaded: %s as %s', (_, algorithm, bytes) => {
    expect(() => importPrivateKey(bytes, algorithm)).toThrow(/must be|must have/);
  });

  it('is refused when loaded with the public half of another', async () => {
    const other = await generateSigningKey('ES256');
    const point = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' }).subarray(-65);
    const bytes = exportPrivateKey(ecKey);
    point(other.verifyingKey).copy(bytes, bytes.indexOf(point(ecKey.verifyingKey)));
    expect(() => importPrivateKey(bytes, 'ES256')).toThrow('do not belong together');
  });

  it('is refused when the bytes are none', () => {
    expect(() => importPrivateKey(Buffer.from('nothing'), 'ES256')).toThrow();
    expect(() => importPrivateKey(Buffer.alloc(0), 'RS256')).toThrow();
  });

  it('of HS256 has at least 32 bytes', () => {
    expect(hmacSigningKey('a', Buffer.alloc(32)).algorithm).toBe('HS256');
    expect(() => hmacSigningKey('a', Buffer.alloc(31))).toThrow('at least 32 bytes');
  });
});

describe('key ring', () => {
  it('signs with its first key and finds all of them by kid', () => {
    const ring = createKeyRing([ecKey, rsaKey]);
    expect(ring.current).toBe(ecKey);
    expect(ring.find(rsaKey.kid)).toBe(rsaKey);
  });

  it.each(['', 'unknown', '__proto__', 'constructor', 'toString', '../../etc/passwd', "' OR 1=1 --"])(
    'finds nothing for the kid %j',
    (kid) => {
      expect(createKeyRing([ecKey]).find(kid)).toBeUndefined();
    },
  );

  it('holds one family: shared secrets or key pairs', () => {
    expect(() => createKeyRing([ecKey, hmacKey])).toThrow('never both');
    expect(() => createKeyRing([hmacKey, rsaKey])).toThrow('never both');
  });

  it('holds no kid twice', () => {
    expect(() => createKeyRing([ecKey, ecKey])).toThrow('two signing keys');
  });

  it('publishes exactly the public members', () => {
    const [ec, rsa] = createKeyRing([ecKey, rsaKey]).jwks().keys;
    expect(Object.keys(ec ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(Object.keys(rsa ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect(ec).toMatchObject({ kty: 'EC', crv: 'P-256', kid: ecKey.kid, alg: 'ES256', use: 'sig' });
    expect(rsa).toMatchObject({ kty: 'RSA', e: 'AQAB', kid: rsaKey.kid, alg: 'RS256', use: 'sig' });
  });

  it('publishes nothing of a shared secret', () => {
    expect(createKeyRing([hmacKey]).jwks()).toEqual({ keys: [] });
  });
});
