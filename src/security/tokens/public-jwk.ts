import { createPublicKey, type JsonWebKey } from 'node:crypto';

import type { JsonObject } from '../../values/json-object.js';
import { assertKeyStrength, type VerifyingKey, type VerifyingKeys } from './key-ring.js';

const privateMembers = ['k', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'oth'];

/**
 * Imports one key of a published JWK Set, to verify tokens without the private key.
 *
 * The key must state its algorithm; nothing is inferred. A key with private members is rejected, because a private key that
 * was published is compromised.
 *
 * @throws Error when it is not a public key for verifying ES256 or RS256, or is too weak
 * @see RFC 7517 section 4
 */
export const importPublicJwk = (jwk: JsonObject): VerifyingKey => {
  const { kid, alg: algorithm, use = 'sig', key_ops: operations = ['verify'] } = jwk;
  if (typeof kid !== 'string') throw new Error('A JWK needs a kid.');
  if (algorithm !== 'ES256' && algorithm !== 'RS256') throw new Error(`JWK ${kid} must say alg ES256 or RS256.`);
  if (privateMembers.some((member) => Object.hasOwn(jwk, member))) throw new Error(`JWK ${kid} holds private members.`);
  if (use !== 'sig' || !Array.isArray(operations) || !operations.includes('verify')) {
    throw new Error(`JWK ${kid} is not for verifying signatures.`);
  }
  const verifyingKey = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
  assertKeyStrength(verifyingKey, algorithm);
  return { kid, algorithm, verifyingKey };
};

/**
 * Imports a published JWK Set, such as the response of `/.well-known/jwks.json`.
 *
 * @throws Error when one of the keys is rejected, or two have the same kid
 * @see RFC 7517 section 5
 */
export const importJwkSet = (set: { readonly keys: readonly JsonObject[] }): VerifyingKeys => {
  const byKid = new Map<string, VerifyingKey>();
  for (const key of set.keys.map(importPublicJwk)) {
    if (byKid.has(key.kid)) throw new Error(`There are two JWKs with the kid ${key.kid}.`);
    byKid.set(key.kid, key);
  }
  return { find: (kid) => byKid.get(kid) };
};
