import { createHmac, randomBytes } from 'node:crypto';

import type { ParameterSet } from '../store/credentials.js';
import type { SigningKeyStore } from './signing-keys.js';

/**
 * Makes password hashes that nobody's password fits, for addresses without an account.
 *
 * Verifying one takes as long as verifying a stored one only if scheme and parameters are alike, and after the
 * parameters were raised, stored ones differ. So an address gets the parameters of a stored hash, each as often as they
 * are stored, and always the same ones: the draw is by HMAC of the address, under a key that all instances share.
 *
 * @param sets what is stored; where nothing is, `today`'s parameters serve
 */
export const createDummyCredentials = (
  sets: readonly ParameterSet[],
  today: string,
  keys: SigningKeyStore,
): ((emailCanonical: string) => string) => {
  const population = sets.length > 0 ? sets : [{ head: headOf(today), count: 1 }];
  const total = population.reduce((sum, { count }) => sum + count, 0);
  const hashes = population.map(({ head, count }) => ({ count, hash: `${head}$${base64(16)}$${base64(32)}` }));
  return (emailCanonical) => {
    const [key] = keys.current().refreshTokens;
    const digest = createHmac('sha256', key.secret).update(`gatehouse.dummy-credential:${emailCanonical}`).digest();
    let place = digest.readUIntBE(0, 6) % total;
    for (const { count, hash } of hashes) {
      if (place < count) return hash;
      place -= count;
    }
    return today;
  };
};

const headOf = (phc: string) => phc.split('$').slice(0, -2).join('$');

/** Salt and digest of a PHC string are base64 without padding. */
const base64 = (bytes: number) => randomBytes(bytes).toString('base64').replaceAll('=', '');
