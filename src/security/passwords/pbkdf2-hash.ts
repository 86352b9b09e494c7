import { pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

import { costLimits } from './cost-limits.js';
import { digestOf, encodeBase64, saltOf } from './hash-text.js';
import type { ParsedHash } from './parsed-hash.js';

// Runs on libuv's thread pool; the hasher's concurrency limiter bounds the number of calls.
const derivePbkdf2 = promisify(pbkdf2);

/** The bytes of one block, which costs `iterations` computations of the HMAC. */
const blockBytes = { sha1: 20, sha256: 32, sha512: 64 } as const;

type HashName = keyof typeof blockBytes;

const phcForm = /^\$pbkdf2-(sha1|sha256|sha512)\$(?:i=)?([1-9]\d{0,9})(?:,l=([1-9]\d{0,2}))?\$([^$]+)\$([^$]+)$/;
const passlibSha1Form = /^\$pbkdf2\$([1-9]\d{0,9})\$([^$]+)\$([^$]+)$/;
const djangoForm = /^pbkdf2_(sha1|sha256)\$([1-9]\d{0,9})\$([!-#%-~]{1,64})\$([^$]+)$/;

/**
 * PBKDF2 as a PHC string, in passlib's forms, in Django's form and in that of ASP.NET Identity.
 *
 * SHA-1 is accepted: what PBKDF2 requires of its hash is not what has been broken of SHA-1. As every imported hash, it is
 * replaced at the first login.
 *
 * @see RFC 8018 section 5.2
 */
export const parsePbkdf2 = (text: string): ParsedHash | undefined =>
  parsePhcPbkdf2(text) ?? parseDjangoPbkdf2(text) ?? parseAspNetIdentity(text);

const parsePhcPbkdf2 = (text: string): ParsedHash | undefined => {
  const phc = text.replace(passlibSha1Form, '$$pbkdf2-sha1$$$1$$$2$$$3');
  const [, hash, iterations, length, saltText = '', digestText = ''] = phcForm.exec(phc) ?? [];
  const salt = saltOf(saltText);
  const digest = digestOf(digestText);
  if (!salt || !digest || (length !== undefined && Number(length) !== digest.length)) return undefined;
  return pbkdf2Hash(hash as HashName, Number(iterations), salt, digest);
};

/** The salt is not base64: its characters are the bytes. */
const parseDjangoPbkdf2 = (text: string): ParsedHash | undefined => {
  const [, hash, iterations, salt = '', digestText = ''] = djangoForm.exec(text) ?? [];
  const digest = digestOf(digestText);
  return digest && pbkdf2Hash(hash as HashName, Number(iterations), Buffer.from(salt), digest);
};

const aspNetHashes: readonly HashName[] = ['sha1', 'sha256', 'sha512'];

/**
 * The column `PasswordHash` of ASP.NET Identity, in base64: a byte 1, then the hash function, the number of iterations and
 * the length of the salt in four bytes each, then salt and digest; or a byte 0, then a salt of 16 and a digest of 32 bytes,
 * for SHA-1 with 1,000 iterations.
 */
const parseAspNetIdentity = (text: string): ParsedHash | undefined => {
  const bytes = /^[A-Za-z0-9+/]{40,200}={0,2}$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  if (bytes.toString('base64') !== text) return undefined;
  if (bytes[0] === 0 && bytes.length === 49) return pbkdf2Hash('sha1', 1000, bytes.subarray(1, 17), bytes.subarray(17));
  if (bytes[0] !== 1 || bytes.length < 13) return undefined;
  const hash = aspNetHashes[bytes.readUInt32BE(1)];
  const iterations = bytes.readUInt32BE(5);
  const saltEnd = 13 + bytes.readUInt32BE(9);
  const salt = saltOf(encodeBase64(bytes.subarray(13, saltEnd)), 16);
  const digest = digestOf(encodeBase64(bytes.subarray(saltEnd)));
  return hash && iterations > 0 && salt && digest ? pbkdf2Hash(hash, iterations, salt, digest) : undefined;
};

const pbkdf2Hash = (hash: HashName, iterations: number, salt: Buffer, digest: Buffer): ParsedHash => ({
  // A longer digest costs more, so its length is one of the parameters.
  stored: `$pbkdf2-${hash}$i=${iterations},l=${digest.length}$${encodeBase64(salt)}$${encodeBase64(digest)}`,
  isTooExpensive: iterations * Math.ceil(digest.length / blockBytes[hash]) > costLimits.pbkdf2Blocks,
  verify: async (password) =>
    timingSafeEqual(await derivePbkdf2(password, salt, iterations, digest.length, hash), digest),
});
