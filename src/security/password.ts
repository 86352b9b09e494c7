import argon2 from 'argon2';

import type { Gate } from './gate.js';

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
   * Whether a password is the one that was hashed, under the parameters that the hash itself names.
   *
   * @throws SERVER_BUSY when the queue is full
   * @throws Error when the stored text is no argon2id hash: a broken row is a fault of ours, not a wrong password
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
  options: PasswordParameters & { readonly gate: Gate; readonly guard?: () => void },
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
      if (!parameters(phc)) throw new Error('The stored password is no argon2id hash.');
      return gate.run(() => argon2.verify(phc, encode(password)));
    },

    // Memory is what a guesser has to buy, memory times passes what he has to wait for. Lanes only share that work out.
    needsRehash(phc) {
      const stored = parameters(phc);
      if (!stored) return true;
      return stored.memoryKib < memoryKib || stored.memoryKib * stored.passes < memoryKib * passes;
    },
  };
};

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
