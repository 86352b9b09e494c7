import type { OnUsersCreated } from '../unit-of-work.js';
import { hookUserOf, type Hooks } from './hooks.js';
import { runHookInTransaction } from './run-hook.js';

/**
 * Creates the function that runs userCreated or usersCreated; undefined if there is neither.
 *
 * The hooks run in the unit of work, and not in the flows, so that no way to create a user can leave them out.
 */
export const createOnUsersCreated = (
  hooks: Pick<Hooks, 'userCreated' | 'usersCreated'>,
): OnUsersCreated | undefined => {
  const { userCreated, usersCreated } = hooks;
  if (usersCreated) {
    return (tx, users) =>
      runHookInTransaction('usersCreated', tx, (applicationTx) =>
        usersCreated(applicationTx, Object.freeze(users.map(hookUserOf))),
      );
  }
  if (!userCreated) return undefined;
  return async (tx, users) => {
    for (const user of users.map(hookUserOf))
      await runHookInTransaction('userCreated', tx, (applicationTx) => userCreated(applicationTx, user));
  };
};
