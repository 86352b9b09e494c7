const SALT_MAX_BYTES = 64;

/** Short digests match by chance: one password in 256 matches a digest of one byte. */
const DIGEST_MIN_BYTES = 16;
const DIGEST_MAX_BYTES = 64;

/** Decodes the salt of a hash; undefined when it is not base64 or has fewer than `min` or more than 64 bytes. */
export const saltOf = (text: string, min = 1): Buffer | undefined => bytesOf(text, min, SALT_MAX_BYTES);

/** Decodes the digest of a hash; undefined when it is not base64 or does not have 16 to 64 bytes. */
export const digestOf = (text: string): Buffer | undefined => bytesOf(text, DIGEST_MIN_BYTES, DIGEST_MAX_BYTES);

/** Encodes salts and digests as PHC strings do: base64 without padding. */
export const encodeBase64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** Decodes base64 with or without padding, and passlib's variant with `.` in place of `+`. */
const bytesOf = (text: string, min: number, max: number): Buffer | undefined => {
  const plain = text.replace(/={1,2}$/, '').replaceAll('.', '+');
  const bytes = Buffer.from(plain, 'base64');
  return encodeBase64(bytes) === plain && bytes.length >= min && bytes.length <= max ? bytes : undefined;
};
