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

/** The signatures that are issued and accepted; one family a server. @see RFC 7518 section 3.1 */
export type SigningAlgorithm = 'ES256' | 'RS256' | 'HS256';

/** A key that proves tokens of one algorithm. */
export interface VerifyingKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly verifyingKey: KeyObject;
}

/** A key that also signs them. Under HS256 both halves are the same secret. */
export interface SigningKey extends VerifyingKey {
  readonly signingKey: KeyObject;
}

/** What a verifier needs of a set of keys. */
export interface VerifyingKeys {
  find(kid: string): VerifyingKey | undefined;
}

/** The keys of a server: `current` signs, all verify. */
export interface KeyRing extends VerifyingKeys {
  readonly current: SigningKey;
  find(kid: string): SigningKey | undefined;
  /** The public halves as published at `/.well-known/jwks.json`; empty under HS256, which has none. */
  jwks(): { keys: PublicJwk[] };
}

/** The members of a public key by which it is told from all others. */
export type KeyMembers =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string };

/** A public key as it is published. @see RFC 7517 section 4 */
export type PublicJwk = KeyMembers & { readonly kid: string; readonly alg: SigningAlgorithm; readonly use: 'sig' };

const HMAC_MINIMUM_BYTES = 32;
const rsaModulusBits: readonly (number | undefined)[] = [2048, 3072, 4096];
const generate = promisify(generateKeyPair);

/** Makes a new key pair: P-256, or RSA of 2048 bits with exponent 65537. */
export const generateSigningKey = async (algorithm: 'ES256' | 'RS256'): Promise<SigningKey> => {
  const { privateKey } =
    algorithm === 'ES256'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: 2048 });
  return signingKey(privateKey, algorithm);
};

/** The private half as PKCS#8 DER, to be sealed and stored. */
export const exportPrivateKey = (key: SigningKey): Buffer => key.signingKey.export({ format: 'der', type: 'pkcs8' });

/**
 * Reads a private key from PKCS#8 DER. The public half is computed from it: one that was stored beside it, in the clear,
 * could be replaced by somebody else's.
 *
 * @throws Error when the key is not one that `generateSigningKey` could have made for this algorithm, or when it does not
 *   verify what it signs
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
 * Makes an HS256 key of a shared secret.
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
 * Makes a ring; the first key signs.
 *
 * A ring never mixes a shared secret with key pairs: where both are at hand, one mistake in choosing between them turns a
 * published key into a secret. Keys are looked up in a Map, in which no `kid` finds a member of a prototype.
 *
 * @throws Error when families are mixed or a kid is there twice
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
 * The name of a key that follows from the key itself: SHA-256 over its members in alphabetical order, 43 characters.
 *
 * @see RFC 7638 section 3
 */
export const jwkThumbprint = (jwk: KeyMembers): string => {
  const members =
    jwk.kty === 'EC' ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y } : { e: jwk.e, kty: jwk.kty, n: jwk.n };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
};

/**
 * Refuses a key that is too weak for an algorithm, or made for another.
 *
 * The list is of what we make, not of what is known to be weak: curves, sizes and exponents that nobody uses are where
 * broken generators and forged keys are found.
 *
 * @throws Error that names what was expected
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

/** Names each public member: what is not named here can not be published, whatever an export holds. */
const keyMembers = (key: KeyObject): KeyMembers => {
  const { crv, x = '', y = '', n = '', e = '' } = key.export({ format: 'jwk' });
  return crv === 'P-256' ? { kty: 'EC', crv, x, y } : { kty: 'RSA', n, e };
};
