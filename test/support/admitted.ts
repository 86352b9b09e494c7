import type { Hashing, PasswordHasher } from '../../src/security/passwords/password.js';

/** Admits a request from an unknown network for each single hash. */
export const admitted = (hasher: PasswordHasher): Hashing => ({
  hash: (password) => hasher.admit(null, ({ hash }) => hash(password)),
  verify: (phc, password) => hasher.admit(null, ({ verify }) => verify(phc, password)),
});
