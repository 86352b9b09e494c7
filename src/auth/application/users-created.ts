import { HookFailed } from '../../errors.js';
import { StoreUnavailable } from '../../store/errors.js';
import type { OnUsersCreated, UnitOfWork } from '../unit-of-work.js';
import { applicationTxOf } from './application-tx.js';
import { hookUserOf, type HookName, type Hooks, type HookUser } from './hooks.js';
import { runHook } from './run-hook.js';

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
    return announceWith('usersCreated', (tx, users) =>
      runHook('usersCreated', () => usersCreated(applicationTxOf(tx), Object.freeze(users))),
    );
  }
  if (!userCreated) return undefined;
  return announceWith('userCreated', async (tx, users) => {
    for (const user of users) await runHook('userCreated', () => userCreated(applicationTxOf(tx), user));
  });
};

const announceWith =
  (hook: HookName, announce: (tx: UnitOfWork, users: HookUser[]) => Promise<unknown>): OnUsersCreated =>
  async (tx, users, next) => {
    await announce(tx, users.map(hookUserOf));
    try {
      await next();
    } catch (error) {
      // A statement of the hook may have failed without the hook noticing: no other statement succeeds in its transaction then.
      throw error instanceof StoreUnavailable ? error : new HookFailed(hook, error);
    }
  };
