import type { Failure } from '../../errors.js';
import { uuidv7 } from '../../values/uuid.js';
import type { Client, UserCaller } from '../caller.js';
import type { AuthDependencies } from '../dependencies.js';
import { actorOf, recordEvent } from '../audit/security-events.js';
import { keepLastAdministrator } from '../administrators/last-administrator.js';
import { holdSession } from '../sessions/sessions.js';

/** For so long an owner who asked for deletion can think better of it. */
const ERASURE_GRACE_SECONDS = 14 * 24 * 60 * 60;

const BATCH = 100;
const EVENTS_AT_ONCE = 100;
const FAILURES_TOLD = 3;
/** Before every id. */
const NO_USER = '00000000-0000-0000-0000-000000000000';

/** The end of an account. */
export const createAccountDeletion = (dependencies: AuthDependencies) => {
  const { store, clock, mailQueue, principals, confirmPassword } = dependencies;

  /**
   * Takes all that tells of a user from its events, which may be more than one transaction has time for, and in the last of
   * the transactions erases the account: with the user's row the ids would go, but not the network and the browser.
   */
  const eraseOne = async (id: string): Promise<boolean> => {
    for (;;) {
      const step = await store.transaction(async (tx) => {
        const user = await tx.users.lockErasable(id);
        if (!user) return 'KEPT';
        if ((await tx.securityEvents.anonymize(id, EVENTS_AT_ONCE)) === EVENTS_AT_ONCE) return 'MORE';
        const { email, emailCanonical, locale } = user;
        await mailQueue.enqueue(tx, uuidv7(clock()), { to: email, locale, message: { template: 'account-deleted' } });
        await tx.signUps.voidAll(emailCanonical);
        await tx.users.remove(id);
        await recordEvent(tx, clock(), { kind: 'system' }, { type: 'USER_ERASED' });
        return 'ERASED';
      });
      if (step !== 'MORE') return step === 'ERASED';
    }
  };

  return {
    /**
     * Has the account erased in 14 days and logs its owner out everywhere. Answers when.
     *
     * @throws GatehouseError UNAUTHENTICATED when the session ended in the meantime
     */
    async request(
      caller: UserCaller,
      password: string,
      client: Client,
    ): Promise<{ eraseAfter: Date } | Failure<'INVALID_CREDENTIALS' | 'LAST_ADMINISTRATOR'>> {
      const confirmed = await confirmPassword(caller, password, client);
      if ('failure' in confirmed) return confirmed;
      const { userId } = caller;
      const result = await keepLastAdministrator(dependencies, [userId], async (tx) => {
        await holdSession(tx, caller);
        await tx.users.setEraseAfter(userId, ERASURE_GRACE_SECONDS);
        const user = await tx.users.find(userId);
        if (!user?.eraseAfter) throw new Error('a locked user is not deleted');
        const count = await tx.sessions.revokeAll(userId);
        await tx.oneTimeTokens.voidAll(userId);
        const event = { type: 'DELETION_REQUESTED', subjectId: userId, detail: { count } } as const;
        await recordEvent(tx, clock(), actorOf(caller, client), event);
        const eraseAfter = user.eraseAfter;
        await mailQueue.enqueue(tx, uuidv7(clock()), {
          to: user.email,
          locale: user.locale ?? client.language,
          message: { template: 'deletion-scheduled', eraseAfter: eraseAfter.toISOString() },
        });
        return { eraseAfter };
      });
      principals.forget(userId);
      mailQueue.nudge();
      return result;
    },

    /**
     * Keeps the account after all.
     *
     * @throws GatehouseError UNAUTHENTICATED when it was erased, or the session ended, in the meantime
     */
    async cancel(caller: UserCaller, client: Client): Promise<void> {
      await store.transaction(async (tx) => {
        await holdSession(tx, caller);
        const user = await tx.users.find(caller.userId);
        if (!user?.eraseAfter) return;
        await tx.users.setEraseAfter(caller.userId, null);
        await recordEvent(tx, clock(), actorOf(caller, client), {
          type: 'DELETION_CANCELLED',
          subjectId: caller.userId,
        });
      });
    },

    /**
     * Erases the accounts whose time has come, and counts them. What is on record stays without anything that tells who it
     * was, and with one event more that says that somebody was erased.
     *
     * @throws AggregateError of the first that kept accounts from being erased, after the others are
     */
    async erase(signal?: AbortSignal): Promise<number> {
      const failures: unknown[] = [];
      let failed = 0;
      let erased = 0;
      const isStopping = () => signal?.aborted === true;
      for (let after = NO_USER; !isStopping();) {
        const due = await store.users.listErasable(after, BATCH);
        for (const id of due) {
          if (isStopping()) break;
          await eraseOne(id).then(
            (isErased) => (erased += Number(isErased)),
            (error: unknown) => {
              failed += 1;
              if (failures.length < FAILURES_TOLD) failures.push(error);
            },
          );
        }
        const last = due.at(-1);
        if (last === undefined) break;
        after = last;
      }
      if (failed > 0) throw new AggregateError(failures, `${failed} accounts could not be erased.`);
      return erased;
    },
  };
};
