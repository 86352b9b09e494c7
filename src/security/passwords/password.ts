import { randomBytes } from 'node:crypto';

import argon2 from 'argon2';

import { parseArgon2Hash, verifyArgon2Hash, type Argon2Hash } from './argon2-hash.js';
import type { ConcurrencyLimiter, Place } from './concurrency-limiter.js';
import { encodeBase64 } from './hash-text.js';
import { importedHashVerifier } from './imported-password.js';

/** The cost of one argon2id hash. */
export interface PasswordParameters {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** Hashes and verifies passwords, one at a time, for a caller that was admitted. */
export interface Hashing {
  /**
   * Hashes a password under the current parameters into a PHC string, which contains the salt and the parameters.
   *
   * @throws GatehouseError SERVER_BUSY when it waited too long
   */
  readonly hash: (password: string) => Promise<string>;

  /**
   * Verifies a password under the scheme and parameters that the stored hash names.
   *
   * @throws GatehouseError SERVER_BUSY when it waited too long
   * @throws Error when the stored text is not a hash: a corrupt row is an internal error, not a wrong password
   */
  readonly verify: (phc: string, password: string) => Promise<boolean>;
}

export interface PasswordHasher {
  /**
   * Admits a request from a network, and does its work. A flow calls it before it reads or counts anything, so that a flood
   * of passwords is refused before it costs more than a look at a counter.
   *
   * @throws GatehouseError SERVER_BUSY when too many requests are admitted, in all or from this network
   */
  admit<T>(network: string | null, work: (hashing: Hashing) => Promise<T>): Promise<T>;

  /** Whether a stored hash is weaker than one under the current parameters, or has another scheme. */
  needsRehash(phc: string): boolean;
}

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

  const hashingIn = (place: Place): Hashing => ({
    async hash(password) {
      guard?.();
      const cost = { type: argon2.argon2id, memoryCost: memoryKib, timeCost: passes, parallelism: lanes };
      return place.run(() => argon2.hash(encode(password), cost));
    },

    async verify(phc, password) {
      guard?.();
      const verify = ownVerifierOf(phc) ?? importedHashVerifier(phc);
      if (!verify) throw new Error('The stored password hash has no supported format.');
      return place.run(() => verify(encode(password)));
    },
  });

  return {
    async admit(network, work) {
      const place = limiter.admit(network);
      try {
        return await work(hashingIn(place));
      } finally {
        place.leave();
      }
    },

    // Memory determines the cost of an attacker's hardware, memory times passes the time of a guess. Lanes do not count,
    // because they only distribute the same work.
    needsRehash(phc) {
      const stored = ownHash(phc);
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
  const hash = `${head}$${dummyTail(head)}`;
  return ownVerifierOf(hash) || importedHashVerifier(hash) ? hash : undefined;
};

const dummyTail = (head: string): string => {
  if (head.startsWith('$2b$')) return bcryptFields().join('');
  if (head.startsWith('$bcrypt-')) return bcryptFields().join('$');
  return `${encodeBase64(randomBytes(16))}$${encodeBase64(randomBytes(digestBytes(head)))}`;
};

/** Only a head of PBKDF2 contains the length of the digest, because it affects the cost. */
const digestBytes = (head: string): number => Number(/,l=(\d{1,3})$/.exec(head)?.[1] ?? 32);

/** Salt and digest of bcrypt. The last character of each has insignificant bits, which `.` leaves at zero. */
const bcryptFields = (): [salt: string, digest: string] => {
  const digits = randomBytes(26).toString('hex');
  return [`${digits.slice(0, 21)}.`, `${digits.slice(21, 51)}.`];
};

const ownVerifierOf = (phc: string) => {
  const hash = ownHash(phc);
  return hash && ((password: Buffer): Promise<boolean> => verifyArgon2Hash(hash, password));
};

/** Parses a hash that this server, or a later release of it, has created. */
const ownHash = (phc: string): Argon2Hash | undefined => {
  const hash = parseArgon2Hash(phc);
  return hash?.type === 'argon2id' && hash.version === 19 ? hash : undefined;
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
