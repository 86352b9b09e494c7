import { createHash, createHmac } from 'node:crypto';

import bcrypt from 'bcrypt';

import { costLimits } from './cost-limits.js';
import type { ParsedHash } from './parsed-hash.js';

/** bcrypt ignores the rest of a password. */
const BCRYPT_MAX_BYTES = 72;

const bcryptAlphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const bcryptForm =
  /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$([./A-Za-z0-9]{21})([./A-Za-z0-9])([./A-Za-z0-9]{30})([./A-Za-z0-9])$/;
const storedVariantForm = /^\$bcrypt-(sha256hex|wordpress)\$c=(\d\d)\$([^$]{22})\$([^$]{31})$/;
const djangoSha256Form = /^bcrypt_sha256\$(\$2[ab]\$.*)$/;
const wordpressForm = /^\$wp(\$2y\$.*)$/;

/** The functions that some systems apply to a password before bcrypt, because bcrypt ignores what follows its 72nd byte. */
const preparations = {
  /** Django and passwords of Meteor and accounts-js: the SHA-256 digest in lower-case hexadecimal. */
  sha256hex: (password: Buffer) => Buffer.from(createHash('sha256').update(password).digest('hex')),
  /** WordPress 6.8: an HMAC with SHA-384 in base64, of the password without white space around it. */
  wordpress: (password: Buffer) =>
    Buffer.from(createHmac('sha384', 'wp-sha384').update(trimmed(password)).digest('base64')),
} as const satisfies Record<string, (password: Buffer) => Buffer>;

interface BcryptFields {
  readonly cost: string;
  readonly salt: string;
  readonly digest: string;
}

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
export const parseBcrypt = (text: string): ParsedHash | undefined => {
  const fields = fieldsOf(text.replace(/^bcrypt\$(?=\$)/, ''));
  if (!fields) return undefined;
  const stored = textOf(fields);
  return {
    stored,
    isTooExpensive: isTooExpensive(fields),
    verify: (password) => bcrypt.compare(password.subarray(0, BCRYPT_MAX_BYTES), stored),
  };
};

/** bcrypt of a digest of the password, in Django's form `bcrypt_sha256$$2b$…` or WordPress's form `$wp$2y$…`. */
export const parsePreparedBcrypt = (text: string): ParsedHash | undefined => {
  const [, name, cost, salt, digest] = storedVariantForm.exec(text) ?? [];
  if (name) return preparedHash(name as keyof typeof preparations, fieldsOf(`$2b$${cost}$${salt}${digest}`));
  return (
    preparedHash('sha256hex', fieldsOf(djangoSha256Form.exec(text)?.[1])) ??
    preparedHash('wordpress', fieldsOf(wordpressForm.exec(text)?.[1]))
  );
};

const preparedHash = (name: keyof typeof preparations, fields: BcryptFields | undefined): ParsedHash | undefined =>
  fields && {
    stored: `$bcrypt-${name}$c=${fields.cost}$${fields.salt}$${fields.digest}`,
    isTooExpensive: isTooExpensive(fields),
    verify: (password) => bcrypt.compare(preparations[name](password), textOf(fields)),
  };

const isTooExpensive = ({ cost }: BcryptFields): boolean => Number(cost) > costLimits.bcryptCost;

const textOf = ({ cost, salt, digest }: BcryptFields): string => `$2b$${cost}$${salt}${digest}`;

/**
 * Only the leading 2 and 4 bits of the last characters of salt and digest are significant. Some systems set the others, and
 * the library compares text, so they are cleared.
 */
const fieldsOf = (text = ''): BcryptFields | undefined => {
  const [, cost, salt, saltEnd, digest, digestEnd] = bcryptForm.exec(text) ?? [];
  if (!cost || !salt || !saltEnd || !digest || !digestEnd) return undefined;
  return { cost, salt: salt + leadingBits(saltEnd, 2), digest: digest + leadingBits(digestEnd, 4) };
};

const leadingBits = (character: string, bits: number): string => {
  const unit = 2 ** (6 - bits);
  return bcryptAlphabet.charAt(Math.floor(bcryptAlphabet.indexOf(character) / unit) * unit);
};

const blanks = new Set(Buffer.from(' \n\r\t\v\0'));

/** Removes what PHP's `trim` removes. */
const trimmed = (password: Buffer): Buffer => {
  let [start, end] = [0, password.length];
  while (start < end && blanks.has(password.readUInt8(start))) start += 1;
  while (end > start && blanks.has(password.readUInt8(end - 1))) end -= 1;
  return password.subarray(start, end);
};
