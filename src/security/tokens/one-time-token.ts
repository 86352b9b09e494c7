import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import { decodeBase64url } from '../../values/base64url.js';
import { uuidFromBytes, uuidToBytes } from '../../values/uuid.js';

const ID_BYTES = 16;
const SECRET_BYTES = 32;

/**
 * Makes a token for the row `id`: `id.secret`, 22 + 1 + 43 characters of base64url. The row keeps the digest, the token is
 * shown once.
 *
 * The row is found by its id and proved by the digest, so that no index compares secrets byte by byte. A plain SHA-256 is
 * enough at rest: 256 random bits leave nothing to guess. What the token is good for, for whom and until when is the row's
 * to say, so that a token can not be carried to another purpose.
 *
 * @throws RangeError when the id is no UUID
 */
export const generateOneTimeToken = (id: string): { token: string; digest: Buffer } => {
  const secret = randomBytes(SECRET_BYTES);
  return { token: `${uuidToBytes(id).toString('base64url')}.${secret.toString('base64url')}`, digest: sha256(secret) };
};

/** The row that a token names and the digest that the row must hold, or `undefined` for what is not spelled as we spell it. */
export const readOneTimeToken = (token: string): { id: string; digest: Buffer } | undefined => {
  const [idText = '', secretText = '', ...more] = token.split('.', 3);
  const id = decodeBase64url(idText);
  const secret = decodeBase64url(secretText);
  if (more.length > 0 || id?.length !== ID_BYTES || secret?.length !== SECRET_BYTES) return undefined;
  return { id: uuidFromBytes(id), digest: sha256(secret) };
};

/** Makes a receipt, by which the browser that asked for something is known again: 43 characters of base64url, digest at rest. */
export const generateReceipt = (): { receipt: string; digest: Buffer } => {
  const secret = randomBytes(SECRET_BYTES);
  return { receipt: secret.toString('base64url'), digest: sha256(secret) };
};

/** The digest that belongs to a receipt, or `undefined` for what is not spelled as we spell it. */
export const receiptDigest = (receipt: string): Buffer | undefined => {
  const secret = decodeBase64url(receipt);
  return secret?.length === SECRET_BYTES ? sha256(secret) : undefined;
};

/** Whether two digests are the same, in a time that does not depend on where they differ. */
export const equalDigests = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

const sha256 = (secret: Buffer): Buffer => createHash('sha256').update(secret).digest();
