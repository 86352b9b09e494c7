import { randomBytes } from 'node:crypto';

import argon2 from 'argon2';

import type { ConcurrencyLimiter } from './concurrency-limiter.js';
import { verifierOfHash } from './imported-password.js';

/** The cost of one argon2id hash. */
export interface PasswordParameters {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

export interface PasswordHasher {
  /**
   * Hashes a password under today's parameters into a PHC string, salt and parameters included.
   *
   * @throws SERVER_BUSY when the queue is full
   */
  hash(password: string): Promise<string>;

  /**
   * Whether a password is the one that was hashed, under the scheme and parameters that the hash itself names.
   *
   * @throws SERVER_BUSY when the queue is full
   * @throws Error when the stored text is no hash: a broken row is a fault of ours, not a wrong password
   */
  verify(phc: string, password: string): Promise<boolean>;

  /** Whether a stored hash is weaker than one made today, or of another scheme. */
  needsRehash(phc: string): boolean;
}

const phcForm = /^\$argon2id\$v=19\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,8})\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}$/;

/**
 * Makes the one hasher of the process.
 *
 * Every hash passes the gate, also the one for a user that does not exist. `guard` is called first and throws where hashing
 * is forbidden: inside a database transaction it would hold a connection for tens of milliseconds.
 *
 * @see RFC 9106, OWASP Password Storage Cheat Sheet
 */
export const createPasswordHasher = (
  options: PasswordParameters & { readonly gate: ConcurrencyLimiter; readonly guard?: () => void },
): PasswordHasher => {
  const { memoryKib, passes, lanes, gate, guard } = options;

  return {
    async hash(password) {
      guard?.();
      const cost = { type: argon2.argon2id, memoryCost: memoryKib, timeCost: passes, parallelism: lanes };
      return gate.run(() => argon2.hash(encode(password), cost));
    },

    async verify(phc, password) {
      guard?.();
      const verify = ownVerifierOf(phc) ?? verifierOfHash(phc);
      if (!verify) throw new Error('The stored password is no hash that can be verified.');
      return gate.run(() => verify(encode(password)));
    },

    // Memory is what a guesser has to buy, memory times passes what he has to wait for. Lanes only share that work out.
    needsRehash(phc) {
      const stored = parameters(phc);
      if (!stored) return true;
      return stored.memoryKib < memoryKib || stored.memoryKib * stored.passes < memoryKib * passes;
    },
  };
};

/**
 * A hash that no password fits and that costs as much to verify as the stored ones that begin with `head`; `undefined` when
 * nothing that begins so can be verified.
 */
export const dummyHash = (head: string): string | undefined => {
  const hash = head.startsWith('$2b$')
    ? `${head}$${bcryptTail()}`
    : `${head}$${base64(16)}$${base64(digestBytes(head))}`;
  return ownVerifierOf(hash) || verifierOfHash(hash) ? hash : undefined;
};

/** PBKDF2 names the length of its digest, which costs; with all others it makes no difference. */
const digestBytes = (head: string): number => Number(/,l=(\d{1,3})$/.exec(head)?.[1] ?? 32);

/** Salt and digest of bcrypt are one field; of the 22nd and of the last character not every bit counts. */
const bcryptTail = (): string =>
  randomBytes(26)
    .toString('hex')
    .replace(/^(.{21})(.{30}).$/, '$1.$2.');

/** Salt and digest of a PHC string are base64 without padding. */
const base64 = (bytes: number): string => randomBytes(bytes).toString('base64').replaceAll('=', '');

const ownVerifierOf = (phc: string) =>
  parameters(phc) && ((password: Buffer): Promise<boolean> => argon2.verify(phc, password));

const parameters = (phc: string): PasswordParameters | undefined => {
  const match = phcForm.exec(phc);
  return match ? { memoryKib: Number(match[1]), passes: Number(match[2]), lanes: Number(match[3]) } : undefined;
};

/**
 * The bytes of a password: UTF-8 of its NFC form, so that a keyboard which composes é and one which does not agree.
 *
 * Nothing is trimmed or cut: NUL, a trailing space and the 73rd byte all count. UTF-8 has no place for half an emoji and
 * would turn every lone surrogate into the same U+FFFD; such passwords are taken as UTF-16 behind a byte that UTF-8 never
 * holds, so that no two passwords share their bytes.
 *
 * @see NIST SP 800-63B-4 section 3.1.1.2
 */
const encode = (password: string): Buffer => {
  const text = password.normalize('NFC');
  return /\p{Surrogate}/u.test(text)
    ? Buffer.concat([Buffer.of(0xff), Buffer.from(text, 'utf16le')])
    : Buffer.from(text, 'utf8');
};
