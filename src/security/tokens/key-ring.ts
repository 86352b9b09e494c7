import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';

/** The supported signature algorithms. A server uses either key pairs or HS256. @see RFC 7518 section 3.1 */
export type SigningAlgorithm = 'ES256' | 'RS256' | 'HS256';

/** A key that verifies tokens under one algorithm. */
export interface VerifyingKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly verifyingKey: KeyObject;
}

/** A key that also signs tokens. Under HS256, both keys are the same secret. */
export interface SigningKey extends VerifyingKey {
  readonly signingKey: KeyObject;
}

export interface VerifyingKeys {
  find(kid: string): VerifyingKey | undefined;
}

/** The keys of a server: `current` signs, and every key verifies. */
export interface KeyRing extends VerifyingKeys {
  readonly current: SigningKey;
  find(kid: string): SigningKey | undefined;
  /** The public keys as published at `/.well-known/jwks.json`; empty under HS256. */
  jwks(): { keys: PublicJwk[] };
}

/** The members that identify a public key. @see RFC 7638 section 3.2 */
export type KeyMembers =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string };

/** @see RFC 7517 section 4 */
export type PublicJwk = KeyMembers & { readonly kid: string; readonly alg: SigningAlgorithm; readonly use: 'sig' };

const HMAC_MINIMUM_BYTES = 32;
const rsaModulusBits: readonly (number | undefined)[] = [2048, 3072, 4096];
const generate = promisify(generateKeyPair);

/** Generates a key pair: P-256, or 2048-bit RSA with exponent 65537. */
export const generateSigningKey = async (algorithm: 'ES256' | 'RS256'): Promise<SigningKey> => {
  const { privateKey } =
    algorithm === 'ES256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: 2048 });
  return signingKey(privateKey, algorithm);
};

/** Exports the private key as PKCS#8 DER, to be sealed before it is stored. */
export const exportPrivateKey = (key: SigningKey): Buffer => key.signingKey.export({ format: 'der', type: 'pkcs8' });

/**
 * Imports a private key from PKCS#8 DER. The public key is derived from it: an attacker could replace a public key that was
 * stored unsealed.
 *
 * @throws Error when the type or size of the key does not fit the algorithm, or the public key does not verify what the
 *   private key signs
 */
export const importPrivateKey = (der: Buffer, algorithm: 'ES256' | 'RS256'): SigningKey => {
  const key = signingKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }), algorithm);
  const probe = Buffer.from('pairwise consistency');
  if (!verify('sha256', probe, key.verifyingKey, sign('sha256', probe, key.signingKey))) {
    throw new Error(`The halves of signing key ${key.kid} do not belong together.`);
  }
  return key;
};

/**
 * Creates an HS256 key from a shared secret.
 *
 * @throws RangeError when the secret is shorter than 32 bytes
 * @see RFC 7518 section 3.2
 */
export const hmacSigningKey = (kid: string, secret: Buffer): SigningKey => {
  if (secret.length < HMAC_MINIMUM_BYTES)
    throw new RangeError(`HS256 key ${kid} needs at least ${HMAC_MINIMUM_BYTES} bytes`);
  const key = createSecretKey(secret);
  return { kid, algorithm: 'HS256', signingKey: key, verifyingKey: key };
};

/**
 * Creates a key ring. The first key signs; every key verifies.
 *
 * A ring never mixes shared secrets with key pairs: if it had both, one mistake in the choice of the key would make a
 * published key a valid HMAC secret. Keys are looked up in a Map, so that no `kid` can name a property of a prototype.
 *
 * @throws Error when HS256 keys and key pairs are mixed, or two keys have the same kid
 * @see RFC 8725 section 3.1
 */
export const createKeyRing = (keys: readonly [SigningKey, ...SigningKey[]]): KeyRing => {
  const [current] = keys;
  const isSymmetric = current.algorithm === 'HS256';
  const byKid = new Map<string, SigningKey>();
  for (const key of keys) {
    if ((key.algorithm === 'HS256') !== isSymmetric)
      throw new Error('A key ring holds HS256 keys or key pairs, never both.');
    if (byKid.has(key.kid)) throw new Error(`There are two signing keys with the kid ${key.kid}.`);
    byKid.set(key.kid, key);
  }
  return {
    current,
    find: (kid) => byKid.get(kid),
    jwks: () => ({ keys: isSymmetric ? [] : keys.map(publicJwk) }),
  };
};

/**
 * Computes the thumbprint that serves as `kid`: the SHA-256 digest of the key's members in alphabetical order, as 43
 * characters of base64url.
 *
 * @see RFC 7638 section 3
 */
export const jwkThumbprint = (jwk: KeyMembers): string => {
  const members =
    jwk.kty === 'EC' ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y } : { e: jwk.e, kty: jwk.kty, n: jwk.n };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
};

/**
 * Asserts that a key has a type, size and exponent that the algorithm requires.
 *
 * This is an allow-list of common parameters, not a list of weak ones: broken generators and forged keys are found among
 * the curves, sizes and exponents that nobody uses.
 *
 * @throws Error that states what was expected
 * @see RFC 7518 sections 3.3 and 3.4
 */
export const assertKeyStrength = (key: KeyObject, algorithm: 'ES256' | 'RS256'): void => {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (algorithm === 'ES256' && (type !== 'ec' || details?.namedCurve !== 'prime256v1')) {
    throw new Error('An ES256 key must be on the curve P-256.');
  }
  if (algorithm === 'RS256' && (type !== 'rsa' || !rsaModulusBits.includes(details?.modulusLength))) {
    throw new Error('An RS256 key must be an RSA key of 2048, 3072 or 4096 bits.');
  }
  if (algorithm === 'RS256' && details?.publicExponent !== 65537n) {
    throw new Error('An RS256 key must have the exponent 65537.');
  }
};

const signingKey = (privateKey: KeyObject, algorithm: 'ES256' | 'RS256'): SigningKey => {
  assertKeyStrength(privateKey, algorithm);
  const verifyingKey = createPublicKey(privateKey);
  return { kid: jwkThumbprint(keyMembers(verifyingKey)), algorithm, signingKey: privateKey, verifyingKey };
};

const publicJwk = (key: SigningKey): PublicJwk => ({
  ...keyMembers(key.verifyingKey),
  kid: key.kid,
  alg: key.algorithm,
  use: 'sig',
});

/** Selects the public members by name, so that no private member can be published, regardless of what the export contains. */
const keyMembers = (key: KeyObject): KeyMembers => {
  const { crv, x = '', y = '', n = '', e = '' } = key.export({ format: 'jwk' });
  return crv === 'P-256' ? { kty: 'EC', crv, x, y } : { kty: 'RSA', n, e };
};
