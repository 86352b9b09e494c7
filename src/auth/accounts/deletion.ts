import type { Failure } from '../../errors.js';
import { drainQueue, type QueueSource } from '../../store/queue-worker.js';
import type { Store } from '../../store/store.js';
import type { KeepLastAdministrator } from '../administrators/last-administrator.js';
import { actorOf } from '../audit/security-events.js';
import type { Client, UserCaller } from '../caller.js';
import type { ConfirmPassword } from '../password-checks/confirmation.js';
import { assertSessionLive, holdSession } from '../sessions/hold-session.js';
import type { Change } from '../unit-of-work.js';
import { ERASURE_GRACE_SECONDS } from '../../values/policy.js';

const PAGE_SIZE = 100;
const EVENTS_AT_ONCE = 100;
/** Before every id. */
const NO_USER = '00000000-0000-0000-0000-000000000000';

/** Deletes accounts: at the owner's request, after a time in which the request can be cancelled. */
export const createAccountDeletion = ({
  change,
  store,
  keepLastAdministrator,
  confirmPassword,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'users'>;
  readonly keepLastAdministrator: KeepLastAdministrator;
  readonly confirmPassword: ConfirmPassword;
}) => {
  /**
   * Anonymizes the events of a user, which may be more than one transaction has time for, and erases the account in the last
   * of the transactions. Deleting the user's row would remove the ids from the events, but not the network and the browser.
   */
  const eraseOne = async (id: string): Promise<boolean> => {
    for (;;) {
      const step = await change({ kind: 'system' }, async (tx) => {
        const user = await tx.users.lockErasable(id);
        if (!user) return 'KEPT';
        if ((await tx.securityEvents.anonymize(id, EVENTS_AT_ONCE)) === EVENTS_AT_ONCE) return 'MORE';
        await tx.mail.send(user, { template: 'account-deleted' });
        await tx.signUps.voidAll(user.emailCanonical);
        await tx.users.remove(id, { type: 'USER_ERASED' });
        return 'ERASED';
      });
      if (step !== 'MORE') return step === 'ERASED';
    }
  };

  return {
    /**
     * Schedules the erasure of the account in 14 days, ends all of its sessions, and returns the time of the erasure.
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
      return keepLastAdministrator(actorOf(caller, client), [userId], async (tx) => {
        await assertSessionLive(tx, caller.sessionId);
        await tx.users.setEraseAfter(userId, ERASURE_GRACE_SECONDS);
        const user = await tx.users.find(userId);
        if (!user?.eraseAfter) throw new Error('a locked user is not deleted');
        const event = { type: 'DELETION_REQUESTED', subjectId: userId } as const;
        tx.audit.record(event);
        await tx.sessions.revokeAll(userId, event);
        await tx.oneTimeTokens.voidAll(userId);
        const { eraseAfter } = user;
        await tx.mail.send(user, { template: 'deletion-scheduled', eraseAfter: eraseAfter.toISOString() });
        return { eraseAfter };
      });
    },

    /**
     * Cancels the erasure.
     *
     * @throws GatehouseError UNAUTHENTICATED when it was erased, or the session ended, in the meantime
     */
    async cancel(caller: UserCaller, client: Client): Promise<void> {
      await change(actorOf(caller, client), async (tx) => {
        await holdSession(tx, caller);
        const user = await tx.users.find(caller.userId);
        if (!user?.eraseAfter) return;
        await tx.users.setEraseAfter(caller.userId, null);
        tx.audit.record({ type: 'DELETION_CANCELLED', subjectId: caller.userId });
      });
    },

    /**
     * Erases the accounts whose grace period has ended, and returns their number. Their security events stay without
     * anything that identifies a person, and one more event records that an account was erased.
     *
     * @throws AggregateError when accounts could not be erased, after the others were
     */
    async erase(signal?: AbortSignal): Promise<number> {
      let erased = 0;
      const work = async (id: string) => {
        if (await eraseOne(id)) erased += 1;
      };
      const options = { source: createErasureSource(store), lanes: () => 1, work };
      await drainQueue(options, (failed) => `${failed} accounts could not be erased.`, signal);
      return erased;
    },
  };
};

/**
 * The accounts that are due for erasure, each of them once: one that fails stays due for a later run. Nothing is leased,
 * because `lockErasable` skips an account that another instance is erasing.
 */
const createErasureSource = ({ users }: Pick<Store, 'users'>): QueueSource<string> => {
  const listed: string[] = [];
  let after = NO_USER;
  return {
    async claim(limit) {
      if (listed.length < limit) listed.push(...(await users.listErasable(after, PAGE_SIZE)));
      after = listed.at(-1) ?? after;
      return listed.splice(0, limit);
    },
  };
};
