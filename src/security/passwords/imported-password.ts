import { formatArgon2Hash, parseArgon2Hash, verifyArgon2Hash } from './argon2-hash.js';
import { parseBcrypt, parsePreparedBcrypt } from './bcrypt-hash.js';
import { costLimits } from './cost-limits.js';
import type { ParsedHash, VerifyPassword } from './parsed-hash.js';
import { parsePbkdf2 } from './pbkdf2-hash.js';
import { parseScrypt } from './scrypt-hash.js';
import { reasonForUnsupportedHash } from './unsupported-hash.js';

/** A hash in its stored form, or the reason why it is refused, as the predicate of a sentence. */
export type ImportedHash = { readonly hash: string } | { readonly refused: string };

/**
 * Parses a password hash from another system, in any form that docs/import.md lists.
 *
 * The result has one form for each scheme, so that stored hashes with equal parameters begin with the same text and can be
 * counted by it.
 */
export const parseImportedHash = (text: string): ImportedHash => {
  const parsed = parseHash(text);
  if (!parsed) return { refused: reasonForUnsupportedHash(text) };
  if (parsed.isTooExpensive) return { refused: 'has parameters that would make every login too slow' };
  return { hash: parsed.stored };
};

/** Returns the verifier of a stored hash, or `undefined` for a text that `parseImportedHash` refuses. */
export const importedHashVerifier = (stored: string): VerifyPassword | undefined => {
  const parsed = parseHash(stored);
  return parsed?.isTooExpensive === false ? parsed.verify : undefined;
};

const parseHash = (text: string): ParsedHash | undefined =>
  parseArgon2(text) ?? parseBcrypt(text) ?? parsePreparedBcrypt(text) ?? parseScrypt(text) ?? parsePbkdf2(text);

/** argon2id, argon2i and argon2d, as PHC strings and in Django's form `argon2$argon2id$…`. */
const parseArgon2 = (text: string): ParsedHash | undefined => {
  const hash = parseArgon2Hash(text.replace(/^argon2(?=\$argon2)/, ''));
  if (!hash) return undefined;
  return {
    stored: formatArgon2Hash(hash),
    isTooExpensive:
      hash.memoryKib > costLimits.argon2MemoryKib ||
      hash.memoryKib * hash.passes > costLimits.argon2MemoryKibTimesPasses ||
      hash.passes > costLimits.argon2Passes ||
      hash.lanes > costLimits.argon2Lanes,
    verify: (password) => verifyArgon2Hash(hash, password),
  };
};
