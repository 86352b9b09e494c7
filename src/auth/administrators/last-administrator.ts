import type { Config } from '../../config/config.js';
import type { Failure } from '../../errors.js';
import type { Actor } from '../audit/security-events.js';
import type { Change, UnitOfWork } from '../unit-of-work.js';

/** Thrown to roll back the transaction, and then returned as the failure LAST_ADMINISTRATOR. */
class LastAdministrator extends Error {}

/**
 * Runs a unit of work, and rolls it back if it would leave no administrator who can log in: enabled, not scheduled for
 * erasure, with a password, and verified where REQUIRE_VERIFIED_EMAIL requires it.
 *
 * The rows of `userIds` and of every administrator are locked first, always in the same order. If two administrators
 * remove each other at the same moment, their transactions therefore run one after the other, and the second counts the
 * administrators that the first has left.
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
  const anyCanLogIn = (tx: UnitOfWork) => tx.userRoles.anyHolderCanLogIn('ADMIN', config.requireVerifiedEmail);
  return async (actor, userIds, work) => {
    try {
      return await change(actor, async (tx) => {
        await tx.users.lockAll(userIds, 'ADMIN');
        const before = { anyCanLogIn: await anyCanLogIn(tx), holders: await tx.userRoles.countHolders('ADMIN') };
        const result = await work(tx);
        const hasFewerHolders = async () => (await tx.userRoles.countHolders('ADMIN')) < before.holders;
        // If no administrator can log in already, those who need only one more step must not be removed either.
        if (!(await anyCanLogIn(tx)) && (before.anyCanLogIn || (await hasFewerHolders())))
          throw new LastAdministrator();
        return result;
      });
    } catch (error) {
      if (error instanceof LastAdministrator) return { failure: 'LAST_ADMINISTRATOR' };
      throw error;
    }
  };
};
