import { createCipheriv, scrypt, timingSafeEqual, type BinaryLike, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

import { costLimits } from './cost-limits.js';
import { digestOf, encodeBase64, saltOf } from './hash-text.js';
import type { ParsedHash } from './parsed-hash.js';

// Runs on libuv's thread pool; the hasher's concurrency limiter bounds the number of calls.
const deriveScrypt = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt);

/** The parameters of scrypt, as its specification calls them. @see RFC 7914 section 2 */
interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

interface ScryptFields {
  readonly cost: ScryptCost;
  readonly salt: Buffer | undefined;
  readonly digest: Buffer | undefined;
}

/** How the digest follows from scrypt. */
const variants = {
  scrypt: ({ cost, salt, digest }, password) => derive(password, salt, digest.length, cost),
  /** better-auth hashes the NFKC form of a password. */
  'scrypt-nfkc': ({ cost, salt, digest }, password) =>
    derive(Buffer.from(password.toString().normalize('NFKC')), salt, digest.length, cost),
  /**
   * Firebase encrypts its signer key with AES in counter mode, whose key is the output of scrypt. The hash combined with the
   * signer key by XOR is the key stream, which does not need the signer key to be verified: it is what zeros are encrypted to.
   */
  'scrypt-firebase': async ({ cost, salt, digest }, password) => {
    const cipher = createCipheriv('aes-256-ctr', await derive(password, salt, 32, cost), Buffer.alloc(16));
    return cipher.update(Buffer.alloc(digest.length));
  },
} as const satisfies Record<string, (fields: CompleteFields, password: Buffer) => Promise<Buffer>>;

type CompleteFields = { readonly [Name in keyof ScryptFields]: NonNullable<ScryptFields[Name]> };

const phcForm = /^\$(scrypt(?:-nfkc|-firebase)?)\$ln=([1-9]\d?),r=([1-9]\d{0,5}),p=([1-9]\d{0,5})\$([^$]+)\$([^$]+)$/;
const djangoForm = /^scrypt\$([1-9]\d{0,8})\$([!-#%-~]{1,64})\$([1-9]\d{0,5})\$([1-9]\d{0,5})\$([^$]+)$/;
const betterAuthForm = /^better-auth:([0-9a-f]{16,128}):((?:[0-9a-f]{2}){16,64})$/;

/**
 * scrypt as a PHC string; in Django's form `scrypt$N$salt$r$p$digest`, whose salt is not base64: its characters are the bytes;
 * and as better-auth's `salt:digest` in hexadecimal after `better-auth:`, whose parameters are fixed.
 *
 * @see RFC 7914 section 2
 */
export const parseScrypt = (text: string): ParsedHash | undefined => {
  const [, variant, ln, r, p, saltText = '', digestText = ''] = phcForm.exec(text) ?? [];
  if (variant) {
    const cost = { N: 2 ** Number(ln), r: Number(r), p: Number(p) };
    return scryptHash(variant as keyof typeof variants, { cost, salt: saltOf(saltText), digest: digestOf(digestText) });
  }
  return parseDjangoScrypt(text) ?? parseBetterAuth(text);
};

const parseDjangoScrypt = (text: string): ParsedHash | undefined => {
  const [, N, salt = '', r, p, digestText = ''] = djangoForm.exec(text) ?? [];
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  return scryptHash('scrypt', { cost, salt: Buffer.from(salt), digest: digestOf(digestText) });
};

const parseBetterAuth = (text: string): ParsedHash | undefined => {
  const [, salt, digest] = betterAuthForm.exec(text) ?? [];
  if (salt === undefined || digest === undefined) return undefined;
  // The salt is the text, not the bytes that its hexadecimal digits stand for.
  const fields = { cost: { N: 2 ** 14, r: 16, p: 1 }, salt: Buffer.from(salt), digest: Buffer.from(digest, 'hex') };
  return scryptHash('scrypt-nfkc', fields);
};

const scryptHash = (variant: keyof typeof variants, { cost, salt, digest }: ScryptFields): ParsedHash | undefined => {
  const ln = Math.log2(cost.N);
  if (!salt || !digest || !Number.isInteger(ln) || !(ln >= 1 && ln < 16 * cost.r)) return undefined;
  return {
    stored: `$${variant}$ln=${ln},r=${cost.r},p=${cost.p}$${encodeBase64(salt)}$${encodeBase64(digest)}`,
    isTooExpensive: cost.N * cost.r * cost.p > costLimits.scryptWork || cost.r * cost.p > costLimits.scryptBlocks,
    verify: async (password) => timingSafeEqual(await variants[variant]({ cost, salt, digest }, password), digest),
  };
};

const derive = (password: Buffer, salt: Buffer, bytes: number, { N, r, p }: ScryptCost): Promise<Buffer> =>
  deriveScrypt(password, salt, bytes, { N, r, p, maxmem: 128 * r * (N + p + 2) });
