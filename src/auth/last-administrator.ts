import type { Failure } from '../errors.js';
import type { Rows, Store } from '../store/store.js';

/** Thrown inside a transaction to undo it, and turned into the failure of the same name outside. */
class LastAdministrator extends Error {}

/**
 * Runs a transaction that is undone when it would leave no administrator who can log in. Those who make such a change
 * lock the administrators before anything else: two who each take the other's role run one after the other.
 */
export const keepingAnAdministrator = async <T>(
  store: Store,
  work: (tx: Rows) => Promise<T>,
): Promise<T | Failure<'LAST_ADMINISTRATOR'>> => {
  try {
    return await store.transaction(async (tx) => {
      const before = await tx.users.lockEnabledHolders('ADMIN');
      const result = await work(tx);
      if (before.length > 0 && (await tx.users.lockEnabledHolders('ADMIN')).length === 0) throw new LastAdministrator();
      return result;
    });
  } catch (error) {
    if (error instanceof LastAdministrator) return { failure: 'LAST_ADMINISTRATOR' };
    throw error;
  }
};
