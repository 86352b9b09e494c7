import { HookFailed } from '../../errors.js';
import { HOOK_DEADLINE_SECONDS } from '../../values/policy.js';
import { isDatabaseUnavailable } from '../database-errors.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { inApplicationTx, type ApplicationTx } from './application-tx.js';
import type { HookName } from './hooks.js';

/**
 * Runs a hook and waits for its result until the deadline. What has started cannot be stopped, so a hook gets access only to
 * objects that do nothing any more once its transaction has ended.
 *
 * @throws HookFailed when the hook threw or did not finish in time, with the error as its cause
 * @throws StoreUnavailable or GatehouseError SERVICE_UNAVAILABLE when the database became unavailable in the hook, which is not its fault
 */
export const runHook = async <T>(hook: HookName, call: () => T | PromiseLike<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`hook ${hook} did not finish within ${HOOK_DEADLINE_SECONDS} s`));
    }, HOOK_DEADLINE_SECONDS * 1000);
  });
  try {
    return await Promise.race([Promise.resolve().then(call), deadline]);
  } catch (error) {
    throw isDatabaseUnavailable(error) ? error : new HookFailed(hook, error);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Runs a hook in a unit of work. A statement of the hook that failed makes the hook fail, even if the hook caught the error:
 * PostgreSQL commits nothing of such a transaction.
 *
 * @throws HookFailed or StoreUnavailable as `runHook` does
 */
export const runHookInTransaction = async (
  hook: HookName,
  tx: Pick<UnitOfWork, 'mail' | 'jobs' | 'application'>,
  call: (tx: ApplicationTx) => unknown,
): Promise<void> => {
  try {
    await inApplicationTx(tx, (applicationTx) => runHook(hook, () => call(applicationTx)));
  } catch (error) {
    throw error instanceof HookFailed || isDatabaseUnavailable(error) ? error : new HookFailed(hook, error);
  }
};
