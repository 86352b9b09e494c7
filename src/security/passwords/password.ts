import { randomBytes } from 'node:crypto';

import argon2 from 'argon2';

import type { ConcurrencyLimiter } from './concurrency-limiter.js';
import { importedHashVerifier } from './imported-password.js';

/** The cost of one argon2id hash. */
export interface PasswordParameters {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

export interface PasswordHasher {
  /**
   * Hashes a password under the current parameters into a PHC string, which contains the salt and the parameters.
   *
   * @throws GatehouseError SERVER_BUSY when the limiter's queue is full
   */
  hash(password: string): Promise<string>;

  /**
   * Verifies a password under the scheme and parameters that the stored hash names.
   *
   * @throws GatehouseError SERVER_BUSY when the limiter's queue is full
   * @throws Error when the stored text is not a hash: a corrupt row is an internal error, not a wrong password
   */
  verify(phc: string, password: string): Promise<boolean>;

  /** Whether a stored hash is weaker than one under the current parameters, or has another scheme. */
  needsRehash(phc: string): boolean;
}

const phcForm = /^\$argon2id\$v=19\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,8})\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}$/;

/**
 * Creates the password hasher. A process has only one, so that one limiter bounds all of its hashes.
 *
 * Every hash goes through the limiter, including the one that is computed for a user who does not exist. `guard` is called
 * first and throws where hashing is forbidden: inside a database transaction, a hash would occupy a connection for tens of
 * milliseconds.
 *
 * @see RFC 9106, OWASP Password Storage Cheat Sheet
 */
export const createPasswordHasher = (
  options: PasswordParameters & { readonly limiter: ConcurrencyLimiter; readonly guard?: () => void },
): PasswordHasher => {
  const { memoryKib, passes, lanes, limiter, guard } = options;

  return {
    async hash(password) {
      guard?.();
      const cost = { type: argon2.argon2id, memoryCost: memoryKib, timeCost: passes, parallelism: lanes };
      return limiter.run(() => argon2.hash(encode(password), cost));
    },

    async verify(phc, password) {
      guard?.();
      const verify = ownVerifierOf(phc) ?? importedHashVerifier(phc);
      if (!verify) throw new Error('The stored password hash has no supported format.');
      return limiter.run(() => verify(encode(password)));
    },

    // Memory determines the cost of an attacker's hardware, memory times passes the time of a guess. Lanes do not count,
    // because they only distribute the same work.
    needsRehash(phc) {
      const stored = parameters(phc);
      if (!stored) return true;
      return stored.memoryKib < memoryKib || stored.memoryKib * stored.passes < memoryKib * passes;
    },
  };
};

/**
 * Generates a hash that matches no password and costs as much to verify as a stored hash with the same `head` (scheme and
 * parameters). Returns `undefined` when no hash with this head can be verified.
 */
export const dummyHash = (head: string): string | undefined => {
  const hash = head.startsWith('$2b$')
    ? `${head}$${bcryptTail()}`
    : `${head}$${base64(16)}$${base64(digestBytes(head))}`;
  return ownVerifierOf(hash) || importedHashVerifier(hash) ? hash : undefined;
};

/** Only a head of PBKDF2 contains the length of the digest, because it affects the cost. */
const digestBytes = (head: string): number => Number(/,l=(\d{1,3})$/.exec(head)?.[1] ?? 32);

/** Salt and digest of bcrypt are one field. Its 22nd and last characters have insignificant bits, which `.` leaves at zero. */
const bcryptTail = (): string =>
  randomBytes(26)
    .toString('hex')
    .replace(/^(.{21})(.{30}).$/, '$1.$2.');

/** Random bytes as base64 without padding, the encoding of salts and digests in PHC strings. */
const base64 = (bytes: number): string => randomBytes(bytes).toString('base64').replaceAll('=', '');

const ownVerifierOf = (phc: string) =>
  parameters(phc) && ((password: Buffer): Promise<boolean> => argon2.verify(phc, password));

const parameters = (phc: string): PasswordParameters | undefined => {
  const match = phcForm.exec(phc);
  return match ? { memoryKib: Number(match[1]), passes: Number(match[2]), lanes: Number(match[3]) } : undefined;
};

/**
 * Encodes a password as the UTF-8 of its NFC form, so that composed and decomposed é are the same password.
 *
 * Nothing is trimmed or truncated: NUL, trailing spaces and the 73rd byte are significant. UTF-8 cannot represent a lone
 * surrogate and would replace each one by U+FFFD. A password with a lone surrogate is therefore encoded as UTF-16 after the
 * byte 0xff, which never occurs in UTF-8, so that different passwords never have the same bytes.
 *
 * @see NIST SP 800-63B-4 section 3.1.1.2
 */
const encode = (password: string): Buffer => {
  const text = password.normalize('NFC');
  return /\p{Surrogate}/u.test(text)
    ? Buffer.concat([Buffer.of(0xff), Buffer.from(text, 'utf16le')])
    : Buffer.from(text, 'utf8');
};
