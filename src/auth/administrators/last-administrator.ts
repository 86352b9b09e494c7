import type { Failure } from '../../errors.js';
import type { Rows } from '../../store/store.js';
import type { AuthDependencies } from '../dependencies.js';

/** Thrown inside a transaction to undo it, and turned into the failure of the same name outside. */
class LastAdministrator extends Error {}

/**
 * Runs a transaction that is undone when it would leave no administrator who can log in: enabled, not to be erased, with
 * a password, and verified where REQUIRE_VERIFIED_EMAIL asks for it.
 *
 * The rows of `userIds` and of every administrator are locked first, all in one order: two transactions that each remove
 * the other's administrator run one after the other, and the second counts what the first has left.
 */
export const keepLastAdministrator = async <T>(
  { store, config }: Pick<AuthDependencies, 'store' | 'config'>,
  userIds: readonly string[],
  work: (tx: Rows) => Promise<T>,
): Promise<T | Failure<'LAST_ADMINISTRATOR'>> => {
  const remains = (tx: Rows) => tx.users.anyCanLogIn('ADMIN', config.requireVerifiedEmail);
  try {
    return await store.transaction(async (tx) => {
      await tx.users.lockAll(userIds, 'ADMIN');
      const before = { remains: await remains(tx), holders: await tx.users.countHolders('ADMIN') };
      const result = await work(tx);
      const isFewer = async () => (await tx.users.countHolders('ADMIN')) < before.holders;
      // Where nobody can log in already, those who could again by one step must not leave either.
      if (!(await remains(tx)) && (before.remains || (await isFewer()))) throw new LastAdministrator();
      return result;
    });
  } catch (error) {
    if (error instanceof LastAdministrator) return { failure: 'LAST_ADMINISTRATOR' };
    throw error;
  }
};
