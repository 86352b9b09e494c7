import { pbkdf2, scrypt, timingSafeEqual, type BinaryLike, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

import argon2 from 'argon2';
import bcrypt from 'bcrypt';

/** A hash in its stored form, or the reason why it is refused, as the predicate of a sentence. */
export type ImportedHash = { readonly hash: string } | { readonly refused: string };

/** Tells whether a password, as bytes, matches the hash. */
export type Verify = (password: Buffer) => Promise<boolean>;

interface ParsedHash {
  readonly stored: string;
  /** Whether verification costs more than the limits of one login. */
  readonly isTooExpensive: boolean;
  readonly verify: Verify;
}

/**
 * The highest cost of verifying one hash. Without these limits, the author of an imported hash decides how long a login
 * occupies one of a few threads: a bcrypt cost of 31 occupies it for a day. The limits admit what the documentation of each
 * scheme recommends, at most about a second of one core. docs/import.md lists them.
 */
const costLimits = {
  argon2MemoryKib: 262_144,
  argon2MemoryKibTimesPasses: 786_432,
  argon2Lanes: 16,
  bcryptCost: 14,
  // Memory is 128 * N * r bytes, here 128 MiB.
  scryptWork: 2 ** 20,
  pbkdf2Blocks: 2_000_000,
} as const;

/** Short digests match by chance: one password in 256 matches a digest of one byte. */
const DIGEST_MIN_BYTES = 16;
const DIGEST_MAX_BYTES = 64;
const SALT_MAX_BYTES = 64;

/** bcrypt ignores the rest of a password. */
const BCRYPT_MAX_BYTES = 72;

// Both run on libuv's thread pool; the hasher's concurrency limiter bounds their number.
const deriveScrypt = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt);
const derivePbkdf2 = promisify(pbkdf2);

/**
 * Parses a password hash from another system, in any form that docs/import.md lists.
 *
 * The result has one form for each scheme, so that stored hashes with equal parameters begin with the same text and can be
 * counted by it.
 */
export const parseImportedHash = (text: string): ImportedHash => {
  const parsed = parseHash(text);
  if (!parsed) return { refused: 'is not a hash in a supported format' };
  if (parsed.isTooExpensive) return { refused: 'has parameters that would make every login too slow' };
  return { hash: parsed.stored };
};

/** Returns the verifier of a stored hash, or `undefined` for a text that `parseImportedHash` cannot have returned. */
export const importedHashVerifier = (stored: string): Verify | undefined => {
  const parsed = parseHash(stored);
  return parsed?.stored === stored && !parsed.isTooExpensive ? parsed.verify : undefined;
};

const parseHash = (text: string): ParsedHash | undefined =>
  parseArgon2(text) ?? parseBcrypt(text) ?? parseScrypt(text) ?? parsePbkdf2(text) ?? parseDjangoPbkdf2(text);

const argon2Form =
  /^(\$argon2(?:id|i|d)(?:\$v=(?:16|19))?\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,7}))\$([^$]+)\$([^$]+)$/;

/** argon2id, argon2i and argon2d. @see RFC 9106 section 3.1 */
const parseArgon2 = (text: string): ParsedHash | undefined => {
  const [, head, m, t, p, saltText = '', digestText = ''] = argon2Form.exec(text) ?? [];
  const [memoryKib, passes, lanes] = [Number(m), Number(t), Number(p)];
  const salt = bytesOf(saltText, 8, SALT_MAX_BYTES);
  const digest = digestOf(digestText);
  if (head === undefined || memoryKib < 8 * lanes || !salt || !digest) return undefined;
  const stored = `${head}$${base64(salt)}$${base64(digest)}`;
  return {
    stored,
    isTooExpensive:
      memoryKib > costLimits.argon2MemoryKib ||
      memoryKib * passes > costLimits.argon2MemoryKibTimesPasses ||
      lanes > costLimits.argon2Lanes,
    verify: (password) => argon2.verify(stored, password),
  };
};

const bcryptForm =
  /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$([./A-Za-z0-9]{21})([./A-Za-z0-9])([./A-Za-z0-9]{30})([./A-Za-z0-9])$/;
const bcryptAlphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/**
 * bcrypt. `2a`, `2b` and `2y` name the same function: OpenBSD introduced `2b` and PHP `2y` after each had fixed a bug. The
 * hash is stored as `2b`, because under `2a` the library reproduces OpenBSD's bug, which truncated passwords of 255 bytes or
 * more. `2x` names the function with PHP's bug and is refused.
 *
 * bcrypt hashes only the first 72 bytes of a password, so only these are verified. Some systems stopped at the first NUL;
 * a user whose password contains one has to reset it.
 *
 * @see Provos and Mazières, A Future-Adaptable Password Scheme
 */
const parseBcrypt = (text: string): ParsedHash | undefined => {
  const [, cost, salt, saltEnd, digest, digestEnd] = bcryptForm.exec(text) ?? [];
  if (!cost || !salt || !saltEnd || !digest || !digestEnd) return undefined;
  // Only the leading 2 and 4 bits of the last characters are significant. Some systems set the others, and the library
  // compares text, so they are cleared.
  const stored = `$2b$${cost}$${salt}${leadingBits(saltEnd, 2)}${digest}${leadingBits(digestEnd, 4)}`;
  return {
    stored,
    isTooExpensive: Number(cost) > costLimits.bcryptCost,
    verify: (password) => bcrypt.compare(password.subarray(0, BCRYPT_MAX_BYTES), stored),
  };
};

const leadingBits = (character: string, bits: number): string => {
  const unit = 2 ** (6 - bits);
  return bcryptAlphabet.charAt(Math.floor(bcryptAlphabet.indexOf(character) / unit) * unit);
};

const scryptForm = /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d{0,5}),p=([1-9]\d{0,5})\$([^$]+)\$([^$]+)$/;

/** scrypt as a PHC string. @see RFC 7914 section 2 */
const parseScrypt = (text: string): ParsedHash | undefined => {
  const [, ln, r, p, saltText = '', digestText = ''] = scryptForm.exec(text) ?? [];
  const [logN, blockSize, parallelization] = [Number(ln), Number(r), Number(p)];
  const salt = bytesOf(saltText, 1, SALT_MAX_BYTES);
  const digest = digestOf(digestText);
  if (!(logN < 16 * blockSize) || !salt || !digest) return undefined;
  const N = 2 ** logN;
  const maxmem = 128 * blockSize * (N + parallelization + 2);
  const options = { N, r: blockSize, p: parallelization, maxmem };
  return {
    stored: `$scrypt$ln=${logN},r=${blockSize},p=${parallelization}$${base64(salt)}$${base64(digest)}`,
    isTooExpensive: N * blockSize * parallelization > costLimits.scryptWork,
    verify: async (password) => timingSafeEqual(await deriveScrypt(password, salt, digest.length, options), digest),
  };
};

const pbkdf2Form = /^\$pbkdf2-(sha256|sha512)\$(?:i=)?([1-9]\d{0,9})(?:,l=([1-9]\d{0,2}))?\$([^$]+)\$([^$]+)$/;
const djangoForm = /^pbkdf2_(sha256)\$([1-9]\d{0,9})\$([!-#%-~]{1,64})\$([^$]+)$/;

/** PBKDF2 as a PHC string or in passlib's form. @see RFC 8018 section 5.2 */
const parsePbkdf2 = (text: string): ParsedHash | undefined => {
  const [, hash = '', iterations, length, saltText = '', digestText = ''] = pbkdf2Form.exec(text) ?? [];
  const salt = bytesOf(saltText, 1, SALT_MAX_BYTES);
  const digest = digestOf(digestText);
  if (!salt || !digest || (length !== undefined && Number(length) !== digest.length)) return undefined;
  return pbkdf2Hash(hash, Number(iterations), salt, digest);
};

/** PBKDF2 in Django's form, whose salt is not base64: its characters are the bytes. */
const parseDjangoPbkdf2 = (text: string): ParsedHash | undefined => {
  const [, hash = '', iterations, salt = '', digestText = ''] = djangoForm.exec(text) ?? [];
  const digest = digestOf(digestText);
  return digest && pbkdf2Hash(hash, Number(iterations), Buffer.from(salt), digest);
};

const pbkdf2Hash = (hash: string, iterations: number, salt: Buffer, digest: Buffer): ParsedHash => ({
  // A longer digest costs more, so its length is one of the parameters.
  stored: `$pbkdf2-${hash}$i=${iterations},l=${digest.length}$${base64(salt)}$${base64(digest)}`,
  isTooExpensive: iterations * Math.ceil(digest.length / (hash === 'sha512' ? 64 : 32)) > costLimits.pbkdf2Blocks,
  verify: async (password) =>
    timingSafeEqual(await derivePbkdf2(password, salt, iterations, digest.length, hash), digest),
});

/** Decodes base64 with or without padding, and passlib's variant with `.` in place of `+`. */
const bytesOf = (text: string, min: number, max: number): Buffer | undefined => {
  const plain = text.replace(/={1,2}$/, '').replaceAll('.', '+');
  const bytes = Buffer.from(plain, 'base64');
  return base64(bytes) === plain && bytes.length >= min && bytes.length <= max ? bytes : undefined;
};

const digestOf = (text: string): Buffer | undefined => bytesOf(text, DIGEST_MIN_BYTES, DIGEST_MAX_BYTES);

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
