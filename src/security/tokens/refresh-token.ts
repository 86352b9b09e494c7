import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';

import { decodeBase64url } from '../../values/base64url.js';
import { uuidFromBytes, uuidToBytes } from '../../values/uuid.js';

/** An HMAC key for refresh tokens. Its id is a UUID that each token contains. */
export interface RefreshTokenKey {
  readonly id: string;
  readonly secret: KeyObject;
}

export interface RefreshTokenClaims {
  readonly sessionId: string;
  /** Starts at 1 and increases with each refresh of the session. */
  readonly generation: number;
}

const VERSION = 1;
const SECRET_BYTES = 32;

// version 1 | key id 16 | session id 16 | generation 4, big-endian | HMAC-SHA-256 32
const KEY_ID_AT = 1;
const SESSION_ID_AT = 17;
const GENERATION_AT = 33;
const MAC_AT = 37;
const TOKEN_BYTES = 69;

/** Generates the secret of a new key, 32 random bytes. */
export const generateRefreshTokenSecret = (): Buffer => randomBytes(SECRET_BYTES);

/**
 * Creates a key from its stored id and secret.
 *
 * @throws RangeError when the id is not a UUID or the secret does not have 32 bytes
 */
export const refreshTokenKey = (id: string, secret: Buffer): RefreshTokenKey => {
  uuidToBytes(id);
  if (secret.length !== SECRET_BYTES) throw new RangeError(`a refresh token secret has ${SECRET_BYTES} bytes`);
  return { id, secret: createSecretKey(secret) };
};

/**
 * Signs the token of one generation of a session: 69 bytes, 92 characters of base64url.
 *
 * The token depends only on key and claims, so a token whose response was lost can be computed again instead of stored.
 *
 * @throws RangeError when the session id is not a UUID or the generation is not from 1 to 2^32 - 1
 */
export const signRefreshToken = (key: RefreshTokenKey, claims: RefreshTokenClaims): string => {
  const { sessionId, generation } = claims;
  const isCount = Number.isInteger(generation) && generation >= 1 && generation <= 0xffffffff;
  if (!isCount) throw new RangeError('a generation is from 1 to 2^32 - 1');
  const token = Buffer.alloc(TOKEN_BYTES);
  token.writeUInt8(VERSION);
  uuidToBytes(key.id).copy(token, KEY_ID_AT);
  uuidToBytes(sessionId).copy(token, SESSION_ID_AT);
  token.writeUInt32BE(generation, GENERATION_AT);
  mac(key, token).copy(token, MAC_AT);
  return token.toString('base64url');
};

/**
 * Verifies a token and returns its claims, or `undefined` when no key has signed it. Never throws and needs no database.
 *
 * The key id only selects the key. Nothing else is read before the MAC has been verified in constant time, so that a forged
 * token can neither probe nor lock a session. Only the canonical base64url of a token is accepted, because a second spelling
 * would evade comparisons of text.
 */
export const readRefreshToken = (keys: readonly RefreshTokenKey[], token: string): RefreshTokenClaims | undefined => {
  const bytes = decodeBase64url(token);
  if (bytes?.length !== TOKEN_BYTES || bytes.readUInt8() !== VERSION) return undefined;
  const keyId = uuidFromBytes(bytes.subarray(KEY_ID_AT, SESSION_ID_AT));
  const key = keys.find(({ id }) => id === keyId);
  if (!key || !timingSafeEqual(mac(key, bytes), bytes.subarray(MAC_AT))) return undefined;
  return {
    sessionId: uuidFromBytes(bytes.subarray(SESSION_ID_AT, GENERATION_AT)),
    generation: bytes.readUInt32BE(GENERATION_AT),
  };
};

const mac = (key: RefreshTokenKey, token: Buffer): Buffer =>
  createHmac('sha256', key.secret).update(token.subarray(0, MAC_AT)).digest();
