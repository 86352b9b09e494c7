import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';

import { decodeBase64url } from '../../values/base64url.js';
import { uuidFromBytes, uuidToBytes } from '../../values/uuid.js';

/** A key that proves refresh tokens ours. Its id is a UUID and stands in each token. */
export interface RefreshTokenKey {
  readonly id: string;
  readonly secret: KeyObject;
}

/** What a refresh token says: the how-maniest token of which session it is. The first generation is 1. */
export interface RefreshTokenClaims {
  readonly sessionId: string;
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

/** The secret of a new key: 32 random bytes. */
export const generateRefreshTokenSecret = (): Buffer => randomBytes(SECRET_BYTES);

/**
 * Makes a key from its stored id and secret.
 *
 * @throws RangeError when the id is no UUID or the secret has not 32 bytes
 */
export const refreshTokenKey = (id: string, secret: Buffer): RefreshTokenKey => {
  uuidToBytes(id);
  if (secret.length !== SECRET_BYTES) throw new RangeError(`a refresh token secret has ${SECRET_BYTES} bytes`);
  return { id, secret: createSecretKey(secret) };
};

/**
 * Writes the token of one generation of a session: 69 bytes, 92 characters of base64url.
 *
 * It is a function of its key and claims, so that a lost answer can be given again without storing a token.
 *
 * @throws RangeError when the session id is no UUID or the generation is not from 1 to 2^32 - 1
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
 * Reads a token that one of the keys has proved, or answers `undefined`. Never throws, asks no database.
 *
 * The key id only chooses who has to prove the token; nothing else in it is looked at before the MAC, compared in constant
 * time, has held. So no session can be guessed at or locked by tokens that we did not write, and a second spelling of a
 * token, which would slip past whoever compares texts, is none.
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
