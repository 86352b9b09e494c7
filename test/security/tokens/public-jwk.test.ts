import { createKeyRing } from '../../../src/security/tokens/key-ring.js';
import { importJwkSet, importPublicJwk } from '../../../src/security/tokens/public-jwk.js';
import { ecKey, rsaKey } from './tokens.js';

describe('published JWK', () => {
  const [ec, rsa] = createKeyRing([ecKey, rsaKey]).jwks().keys;

  it('is read back as the key that verifies', () => {
    const keys = importJwkSet({ keys: [{ ...ec }, { ...rsa }] });
    expect(keys.find(ecKey.kid)?.verifyingKey.equals(ecKey.verifyingKey)).toBe(true);
    expect(keys.find(rsaKey.kid)?.algorithm).toBe('RS256');
    expect(keys.find('unknown')).toBeUndefined();
  });

  it.each([
    ['without a kid', { ...ec, kid: undefined }, 'needs a kid'],
    ['without an algorithm', { ...ec, alg: undefined }, 'must say alg'],
    ['for an algorithm that we do not use', { ...rsa, alg: 'PS256' }, 'must say alg'],
    ['that is a shared secret', { kty: 'oct', kid: 'a', alg: 'HS256', k: 'AAAA' }, 'must say alg'],
    ['for encryption', { ...ec, use: 'enc' }, 'not for verifying'],
    ['for other operations', { ...ec, key_ops: ['encrypt'] }, 'not for verifying'],
    ['whose operations are no list', { ...ec, key_ops: 'verify' }, 'not for verifying'],
    [
      'with its private half',
      { ...ecKey.signingKey.export({ format: 'jwk' }), kid: 'a', alg: 'ES256' },
      'private members',
    ],
    ['of another kind than its algorithm', { ...rsa, alg: 'ES256' }, 'must be on the curve'],
  ])('is refused %s', (_, jwk, message) => {
    expect(() => importPublicJwk(jwk)).toThrow(message);
  });

  it('is refused when its point is not on the curve', () => {
    expect(() => importPublicJwk({ ...ec, x: 'A'.repeat(43) })).toThrow();
  });

  it('is refused in a set that names it twice', () => {
    expect(() => importJwkSet({ keys: [{ ...ec }, { ...ec }] })).toThrow('two JWKs');
  });
});
