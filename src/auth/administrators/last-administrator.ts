import type { Config } from '../../config/config.js';
import type { Failure } from '../../errors.js';
import type { Actor } from '../audit/security-events.js';
import type { Change, UnitOfWork } from '../unit-of-work.js';

/** Thrown inside a transaction to undo it, and turned into the failure of the same name outside. */
class LastAdministrator extends Error {}

/**
 * Runs a unit of work that is undone when it would leave no administrator who can log in: enabled, not scheduled for
 * erasure, with a password, and verified where REQUIRE_VERIFIED_EMAIL requires it.
 *
 * The rows of `userIds` and of every administrator are locked first, all in one order: two transactions that each remove
 * the other's administrator run one after the other, and the second counts those that the first has left.
 */
export type KeepLastAdministrator = <T>(
  actor: Actor,
  userIds: readonly string[],
  work: (tx: UnitOfWork) => Promise<T>,
) => Promise<T | Failure<'LAST_ADMINISTRATOR'>>;

export const createKeepLastAdministrator = ({
  change,
  config,
}: {
  readonly change: Change;
  readonly config: Pick<Config, 'requireVerifiedEmail'>;
}): KeepLastAdministrator => {
  const remains = (tx: UnitOfWork) => tx.users.anyCanLogIn('ADMIN', config.requireVerifiedEmail);
  return async (actor, userIds, work) => {
    try {
      return await change(actor, async (tx) => {
        await tx.users.lockAll(userIds, 'ADMIN');
        const before = { remains: await remains(tx), holders: await tx.users.countHolders('ADMIN') };
        const result = await work(tx);
        const isFewer = async () => (await tx.users.countHolders('ADMIN')) < before.holders;
        // Where nobody can log in already, those who could after one step must not leave either.
        if (!(await remains(tx)) && (before.remains || (await isFewer()))) throw new LastAdministrator();
        return result;
      });
    } catch (error) {
      if (error instanceof LastAdministrator) return { failure: 'LAST_ADMINISTRATOR' };
      throw error;
    }
  };
};
