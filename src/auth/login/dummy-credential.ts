import { createHmac } from 'node:crypto';

import { dummyHash } from '../../security/passwords/password.js';
import type { ParameterSet } from '../../store/tables/password-credentials.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';

/** Password hashes for addresses without an account. */
export interface DummyCredentials {
  /**
   * Returns the hash for an address. Never waits: it is called for addresses without an account only, so the time of a wait
   * would reveal them.
   */
  readonly hashFor: (emailCanonical: string) => string;
  /** Counts the stored parameters again and returns the number of parameter sets. */
  readonly refresh: () => Promise<number>;
}

/**
 * Creates password hashes that no password matches, for addresses without an account.
 *
 * Verifying a dummy hash takes as long as verifying a stored hash only if both have the same scheme and parameters, and
 * stored hashes differ after the parameters were raised or accounts imported. Each address therefore gets the
 * parameters of a stored hash, in the same proportions as they are stored, and always the same ones: they are selected
 * by an HMAC of the address, under a key that all instances share.
 *
 * The HMAC selects a fraction of the total, so that an address keeps its parameters while accounts are added. When
 * users log in, their hashes are replaced under the current parameters, and a corresponding share of addresses without
 * an account changes with them, each once.
 *
 * @param count reads the stored parameters and how many hashes have them
 * @param currentHash a hash under the current parameters, used while no hash is stored
 */
export const createDummyCredentials = async (
  count: () => Promise<readonly ParameterSet[]>,
  currentHash: string,
  keys: SigningKeyStore,
): Promise<DummyCredentials> => {
  let weightedHashes = dummyHashes(await count());

  return {
    hashFor(emailCanonical) {
      const [key] = keys.current().refreshTokens;
      const digest = createHmac('sha256', key.secret).update(`gatehouse.dummy-credential:${emailCanonical}`).digest();
      let position = (digest.readUIntBE(0, 6) / 2 ** 48) * weightedHashes.reduce((sum, { weight }) => sum + weight, 0);
      for (const { hash, weight } of weightedHashes) {
        if (position < weight) return hash;
        position -= weight;
      }
      return currentHash;
    },

    async refresh() {
      weightedHashes = dummyHashes(await count());
      return weightedHashes.length;
    },
  };
};

const dummyHashes = (sets: readonly ParameterSet[]) =>
  sets.flatMap(({ head, count }) => {
    const hash = dummyHash(head);
    return hash === undefined ? [] : [{ hash, weight: count }];
  });
