import { pbkdf2, scrypt, timingSafeEqual, type BinaryLike, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

import argon2 from 'argon2';
import bcrypt from 'bcrypt';

/** A hash in the one spelling in which it is stored, or why it is not taken. */
export type AdoptedHash = { readonly hash: string } | { readonly refused: string };

/** Whether the bytes of a password are those that were hashed. */
export type Verify = (password: Buffer) => Promise<boolean>;

/** A hash that was understood. */
interface Reading {
  readonly stored: string;
  /** Whether verifying it costs more than one login may cost. */
  readonly excessive: boolean;
  readonly verify: Verify;
}

/**
 * The most that verifying one hash may cost. Whoever writes the hashes would otherwise decide how long a login holds one of
 * the few threads there are: a bcrypt cost of 31 holds it for a day. The bounds take what the schemes' own documents
 * recommend, about a second of one core at the most, and are documented in docs/import.md.
 */
const bounds = {
  argon2MemoryKib: 262_144,
  argon2MemoryKibTimesPasses: 786_432,
  argon2Lanes: 16,
  bcryptCost: 14,
  // Memory is 128 bytes times N times r: 128 MiB.
  scryptWork: 2 ** 20,
  pbkdf2Blocks: 2_000_000,
} as const;

/** A shorter digest is met by chance: every 256th password would fit one of a byte. */
const DIGEST_MIN_BYTES = 16;
const DIGEST_MAX_BYTES = 64;
const SALT_MAX_BYTES = 64;

/** Everything of a password that bcrypt sees. */
const BCRYPT_MAX_BYTES = 72;

// Both run on libuv's pool, where the gate bounds how many.
const deriveScrypt = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt);
const derivePbkdf2 = promisify(pbkdf2);

/**
 * Reads a hash that another system made, in any of the spellings that docs/import.md lists.
 *
 * What is taken is stored in one spelling a scheme, so that the parameters of every stored hash can be counted by their text.
 */
export const parseImportedHash = (text: string): AdoptedHash => {
  const reading = read(text);
  if (!reading) return { refused: 'is no hash of a scheme and form that can be verified' };
  if (reading.excessive) return { refused: 'has parameters that would make every login too slow' };
  return { hash: reading.stored };
};

/** How to verify a stored hash; `undefined` when it is none that `adoptHash` answers. */
export const verifierOfHash = (stored: string): Verify | undefined => {
  const reading = read(stored);
  return reading?.stored === stored && !reading.excessive ? reading.verify : undefined;
};

const read = (text: string): Reading | undefined =>
  readArgon2(text) ?? readBcrypt(text) ?? readScrypt(text) ?? readPbkdf2(text) ?? readDjangoPbkdf2(text);

const argon2Form =
  /^(\$argon2(?:id|i|d)(?:\$v=(?:16|19))?\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,7}))\$([^$]+)\$([^$]+)$/;

/** argon2id, argon2i and argon2d. @see RFC 9106 section 3.1, and section 4 for the PHC string */
const readArgon2 = (text: string): Reading | undefined => {
  const [, head, m, t, p, saltText = '', digestText = ''] = argon2Form.exec(text) ?? [];
  const [memoryKib, passes, lanes] = [Number(m), Number(t), Number(p)];
  const salt = bytesOf(saltText, 8, SALT_MAX_BYTES);
  const digest = digestOf(digestText);
  if (head === undefined || memoryKib < 8 * lanes || !salt || !digest) return undefined;
  const stored = `${head}$${base64(salt)}$${base64(digest)}`;
  return {
    stored,
    excessive:
      memoryKib > bounds.argon2MemoryKib ||
      memoryKib * passes > bounds.argon2MemoryKibTimesPasses ||
      lanes > bounds.argon2Lanes,
    verify: (password) => argon2.verify(stored, password),
  };
};

const bcryptForm =
  /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$([./A-Za-z0-9]{21})([./A-Za-z0-9])([./A-Za-z0-9]{30})([./A-Za-z0-9])$/;
const bcryptAlphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/**
 * bcrypt. `2a`, `2b` and `2y` name the same function, in which `2b` of OpenBSD and `2y` of PHP each had a fault mended; under
 * `2a` the library would repeat OpenBSD's, which took passwords of 255 bytes and more for shorter ones. `2x` is the faulty one.
 *
 * Of a password only its first 72 bytes were hashed, so only they are verified. A system that hashed no further than the
 * first NUL does not agree with us about a password that holds one: its owner chooses a new one.
 *
 * @see Provos and Mazières, A Future-Adaptable Password Scheme
 */
const readBcrypt = (text: string): Reading | undefined => {
  const [, cost, salt, saltEnd, digest, digestEnd] = bcryptForm.exec(text) ?? [];
  if (!cost || !salt || !saltEnd || !digest || !digestEnd) return undefined;
  // The last characters hold 2 and 4 bits that count; some systems left others set, and the library compares text.
  const stored = `$2b$${cost}$${salt}${leadingBits(saltEnd, 2)}${digest}${leadingBits(digestEnd, 4)}`;
  return {
    stored,
    excessive: Number(cost) > bounds.bcryptCost,
    verify: (password) => bcrypt.compare(password.subarray(0, BCRYPT_MAX_BYTES), stored),
  };
};

const leadingBits = (character: string, bits: number): string => {
  const unit = 2 ** (6 - bits);
  return bcryptAlphabet.charAt(Math.floor(bcryptAlphabet.indexOf(character) / unit) * unit);
};

const scryptForm = /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d{0,5}),p=([1-9]\d{0,5})\$([^$]+)\$([^$]+)$/;

/** scrypt as a PHC string. @see RFC 7914 section 2 for what its parameters may be */
const readScrypt = (text: string): Reading | undefined => {
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
    excessive: N * blockSize * parallelization > bounds.scryptWork,
    verify: async (password) => timingSafeEqual(await deriveScrypt(password, salt, digest.length, options), digest),
  };
};

const pbkdf2Form = /^\$pbkdf2-(sha256|sha512)\$(?:i=)?([1-9]\d{0,9})(?:,l=([1-9]\d{0,2}))?\$([^$]+)\$([^$]+)$/;
const djangoForm = /^pbkdf2_(sha256)\$([1-9]\d{0,9})\$([!-#%-~]{1,64})\$([^$]+)$/;

/** PBKDF2 as a PHC string, or as passlib writes it. @see RFC 8018 section 5.2 */
const readPbkdf2 = (text: string): Reading | undefined => {
  const [, hash = '', iterations, length, saltText = '', digestText = ''] = pbkdf2Form.exec(text) ?? [];
  const salt = bytesOf(saltText, 1, SALT_MAX_BYTES);
  const digest = digestOf(digestText);
  if (!salt || !digest || (length !== undefined && Number(length) !== digest.length)) return undefined;
  return pbkdf2Reading(hash, Number(iterations), salt, digest);
};

/** PBKDF2 as Django stores it: the salt's characters are its bytes. */
const readDjangoPbkdf2 = (text: string): Reading | undefined => {
  const [, hash = '', iterations, salt = '', digestText = ''] = djangoForm.exec(text) ?? [];
  const digest = digestOf(digestText);
  return digest && pbkdf2Reading(hash, Number(iterations), Buffer.from(salt), digest);
};

const pbkdf2Reading = (hash: string, iterations: number, salt: Buffer, digest: Buffer): Reading => ({
  // A longer digest costs more, so its length is among the parameters.
  stored: `$pbkdf2-${hash}$i=${iterations},l=${digest.length}$${base64(salt)}$${base64(digest)}`,
  excessive: iterations * Math.ceil(digest.length / (hash === 'sha512' ? 64 : 32)) > bounds.pbkdf2Blocks,
  verify: async (password) =>
    timingSafeEqual(await derivePbkdf2(password, salt, iterations, digest.length, hash), digest),
});

/** The bytes of base64 in any of its spellings: with padding or without, and passlib's with `.` for `+`. */
const bytesOf = (text: string, min: number, max: number): Buffer | undefined => {
  const plain = text.replace(/={1,2}$/, '').replaceAll('.', '+');
  const bytes = Buffer.from(plain, 'base64');
  return base64(bytes) === plain && bytes.length >= min && bytes.length <= max ? bytes : undefined;
};

const digestOf = (text: string): Buffer | undefined => bytesOf(text, DIGEST_MIN_BYTES, DIGEST_MAX_BYTES);

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
