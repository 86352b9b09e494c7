import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import { decodeBase64url } from '../../values/base64url.js';
import { uuidFromBytes, uuidToBytes } from '../../values/uuid.js';

const ID_BYTES = 16;
const SECRET_BYTES = 32;

/**
 * Generates a token for the row `id`: `id.secret`, 22 + 1 + 43 characters of base64url. Only its digest is stored.
 *
 * The row is found by the id and verified by the digest, so that no index lookup compares secrets byte by byte. A plain
 * SHA-256 is sufficient at rest, because 256 random bits cannot be guessed. Purpose, owner and expiry are in the row and not
 * in the token, so a token cannot be used for another purpose.
 *
 * @throws RangeError when the id is not a UUID
 */
export const generateOneTimeToken = (id: string): { token: string; digest: Buffer } => {
  const secret = randomBytes(SECRET_BYTES);
  return { token: `${uuidToBytes(id).toString('base64url')}.${secret.toString('base64url')}`, digest: sha256(secret) };
};

/** Returns the row id and the expected digest of a token, or `undefined` when the token is malformed. */
export const readOneTimeToken = (token: string): { id: string; digest: Buffer } | undefined => {
  const [idText = '', secretText = '', ...more] = token.split('.', 3);
  const id = decodeBase64url(idText);
  const secret = decodeBase64url(secretText);
  if (more.length > 0 || id?.length !== ID_BYTES || secret?.length !== SECRET_BYTES) return undefined;
  return { id: uuidFromBytes(id), digest: sha256(secret) };
};

/** Generates a receipt of 43 characters of base64url, which proves that two requests come from the same client. */
export const generateReceipt = (): { receipt: string; digest: Buffer } => {
  const secret = randomBytes(SECRET_BYTES);
  return { receipt: secret.toString('base64url'), digest: sha256(secret) };
};

/** Returns the digest of a receipt, or `undefined` when the receipt is malformed. */
export const receiptDigest = (receipt: string): Buffer | undefined => {
  const secret = decodeBase64url(receipt);
  return secret?.length === SECRET_BYTES ? sha256(secret) : undefined;
};

/** Compares two digests in a time that does not depend on their content. */
export const equalDigests = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

const sha256 = (secret: Buffer): Buffer => createHash('sha256').update(secret).digest();
