import { createHmac } from 'node:crypto';

import { dummyHash } from '../../security/passwords/password.js';
import type { ParameterSet } from '../../store/tables/password-credentials.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';

/** Password hashes for addresses without an account. */
export interface DummyCredentials {
  /** The hash for an address. Never waits: its time would tell that there was something to wait for. */
  readonly hashFor: (emailCanonical: string) => string;
  /** Counts anew what is stored, and answers how many sets of parameters there are. */
  readonly refresh: () => Promise<number>;
}

/**
 * Makes password hashes that nobody's password fits, for addresses without an account.
 *
 * Verifying one takes as long as verifying a stored one only if scheme and parameters are alike, and after the parameters
 * were raised, or accounts imported, stored ones differ. So an address gets the parameters of a stored hash, each as often
 * as they are stored, and always the same ones: the draw is by HMAC of the address, under a key that all instances share.
 *
 * The draw is a fraction of the whole, so that an address keeps its parameters while accounts are added. As users log in
 * their hashes are made anew under the current parameters, and as many addresses without one change with them, each once.
 *
 * @param count counts the stored parameters
 * @param currentHash a hash under the current parameters, which is used while nothing is stored
 */
export const createDummyCredentials = async (
  count: () => Promise<readonly ParameterSet[]>,
  currentHash: string,
  keys: SigningKeyStore,
): Promise<DummyCredentials> => {
  let population = dummyHashes(await count());

  return {
    hashFor(emailCanonical) {
      const [key] = keys.current().refreshTokens;
      const digest = createHmac('sha256', key.secret).update(`gatehouse.dummy-credential:${emailCanonical}`).digest();
      let place = (digest.readUIntBE(0, 6) / 2 ** 48) * population.reduce((sum, { weight }) => sum + weight, 0);
      for (const { hash, weight } of population) {
        if (place < weight) return hash;
        place -= weight;
      }
      return currentHash;
    },

    async refresh() {
      population = dummyHashes(await count());
      return population.length;
    },
  };
};

const dummyHashes = (sets: readonly ParameterSet[]) =>
  sets.flatMap(({ head, count }) => {
    const hash = dummyHash(head);
    return hash === undefined ? [] : [{ hash, weight: count }];
  });
