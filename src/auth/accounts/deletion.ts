import type { Failure } from '../../errors.js';
import { drainQueue, type QueueSource } from '../../store/queue-worker.js';
import type { Store } from '../../store/store.js';
import type { UserRecord } from '../../store/tables/users.js';
import { ERASURE_GRACE_SECONDS } from '../../values/policy.js';
import type { Administrator } from '../administrators/administrator.js';
import type { KeepLastAdministrator } from '../administrators/last-administrator.js';
import { findChangedUser, type UserChanges } from '../administrators/user-changes.js';
import type { ErasedUsers } from '../application/erased-users.js';
import { actorOf, type Actor } from '../audit/security-events.js';
import type { Client, UserCaller } from '../caller.js';
import type { ConfirmPassword } from '../password-checks/password-confirmation.js';
import type { RateLimited } from '../rate-limits/rate-limits.js';
import { assertSessionLive, holdSession } from '../sessions/hold-session.js';
import type { Change, UnitOfWork } from '../unit-of-work.js';

const PAGE_SIZE = 100;
const EVENTS_PER_TRANSACTION = 100;
/** Sorts before every user id. */
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** When an account will be erased, or was. */
export interface ScheduledErasure {
  readonly eraseAfter: Date;
}

/** A user whose erasure was requested. `isNew` is false if it was scheduled for that time or an earlier one before. */
type RequestedErasure = UserRecord & ScheduledErasure & { readonly isNew: boolean };

/** Ends every way into an account, and has it erased in so many seconds, or earlier if that is scheduled already. */
const scheduleErasure = async (tx: UnitOfWork, userId: string, seconds: number): Promise<RequestedErasure> => {
  const isNew = await tx.users.scheduleErasure(userId, seconds);
  const event = { type: 'DELETION_REQUESTED', subjectId: userId } as const;
  tx.audit.record(event);
  await tx.sessions.revokeAll(userId, event);
  await tx.oneTimeTokens.voidAll(userId);
  const user = await findChangedUser(tx, userId);
  if (!user.eraseAfter) throw new Error('an account was scheduled for erasure and has no time of erasure');
  return { ...user, eraseAfter: user.eraseAfter, isNew };
};

/** As `scheduleErasure`, after the grace period. The owner is notified of the time once. */
const scheduleWithGrace = async (tx: UnitOfWork, userId: string): Promise<ScheduledErasure> => {
  const { eraseAfter, isNew, ...user } = await scheduleErasure(tx, userId, ERASURE_GRACE_SECONDS);
  if (isNew) await tx.mail.send(user, { template: 'deletion-scheduled', eraseAfter: eraseAfter.toISOString() });
  return { eraseAfter };
};

/** Deletes accounts at the request of their owners or of administrators, after a grace period or at once. */
export const createAccountDeletion = ({
  change,
  store,
  keepLastAdministrator,
  userChanges: { restrictUser },
  confirmPassword,
  erasedUsers,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'users'>;
  readonly keepLastAdministrator: KeepLastAdministrator;
  readonly userChanges: UserChanges;
  readonly confirmPassword: ConfirmPassword;
  readonly erasedUsers: Pick<ErasedUsers, 'announce'>;
}) => {
  /**
   * Anonymizes the events of a user and then erases the account. There may be too many events for one transaction, so
   * they are anonymized in batches, and the last transaction erases the account. Deleting the user's row alone would
   * remove the ids from the events, but not the network and the user agent.
   */
  const eraseAccount = async (id: string, actor: Actor, whenLocked: 'wait' | 'skip'): Promise<boolean> => {
    for (;;) {
      const step = await change(actor, async (tx) => {
        const user = await tx.users.lockErasable(id, whenLocked);
        if (!user) return 'KEPT';
        if ((await tx.securityEvents.anonymize(id, EVENTS_PER_TRANSACTION)) === EVENTS_PER_TRANSACTION) return 'MORE';
        await tx.mail.send(user, { template: 'account-deleted' });
        await tx.signUps.voidAll(user.emailCanonical);
        await tx.users.remove(id, { type: 'USER_ERASED' });
        await erasedUsers.announce(tx, id);
        return 'ERASED';
      });
      if (step !== 'MORE') return step === 'ERASED';
    }
  };

  return {
    /**
     * Schedules the erasure of the account in 14 days, ends all of its sessions, and returns the time of the erasure. An
     * erasure that is scheduled already keeps its time.
     *
     * @throws GatehouseError UNAUTHENTICATED when the session ended in the meantime
     */
    async request(
      caller: UserCaller,
      password: string,
      client: Client,
    ): Promise<ScheduledErasure | Failure<'INVALID_CREDENTIALS' | 'LAST_ADMINISTRATOR'> | RateLimited> {
      const confirmed = await confirmPassword(caller, password, client);
      if ('failure' in confirmed) return confirmed;
      const { userId } = caller;
      return keepLastAdministrator(actorOf(caller, client), [userId], async (tx) => {
        await assertSessionLive(tx, caller.sessionId);
        return scheduleWithGrace(tx, userId);
      });
    },

    /** Schedules the erasure of a user's account as `request` does, for an administrator. */
    schedule: (
      userId: string,
      actor: Administrator,
    ): Promise<ScheduledErasure | Failure<'NOT_FOUND' | 'LAST_ADMINISTRATOR'>> =>
      restrictUser(userId, actor, (tx) => scheduleWithGrace(tx, userId)),

    /**
     * Erases a user's account at once, for an administrator. From the first transaction on the account is due, so that its
     * owner can neither log in nor cancel, and the next run of `erase` completes what a stop of the server interrupts.
     */
    async eraseNow(
      userId: string,
      actor: Administrator,
    ): Promise<ScheduledErasure | Failure<'NOT_FOUND' | 'LAST_ADMINISTRATOR'>> {
      const due = await restrictUser(userId, actor, (tx) => scheduleErasure(tx, userId, 0));
      if ('failure' in due) return due;
      // An administrator who erases itself is not named afterwards.
      const isSelf = actor.kind === 'user' && actor.userId === userId;
      await eraseAccount(userId, isSelf ? { kind: 'system' } : actor, 'wait');
      return { eraseAfter: due.eraseAfter };
    },

    /**
     * Cancels a scheduled erasure, if there is one that is not due, and returns the user.
     *
     * @throws GatehouseError UNAUTHENTICATED when the account was erased, or the session ended, in the meantime
     */
    cancel: (caller: UserCaller, client: Client): Promise<UserRecord> =>
      change(actorOf(caller, client), async (tx) => {
        await holdSession(tx, caller);
        const user = await tx.users.find(caller.userId);
        if (!user) throw new Error('the user of a live session exists');
        if (!user.eraseAfter || !(await tx.users.cancelErasure(caller.userId))) return user;
        tx.audit.record({ type: 'DELETION_CANCELLED', subjectId: caller.userId });
        return { ...user, eraseAfter: null };
      }),

    /**
     * Erases the accounts whose grace period has ended and returns their number. Their security events are kept,
     * without anything that identifies a person, and one more event records that an account was erased.
     *
     * @throws AggregateError when some accounts could not be erased, after the others were erased
     */
    async erase(signal?: AbortSignal): Promise<number> {
      let erased = 0;
      const work = async (id: string) => {
        if (await eraseAccount(id, { kind: 'system' }, 'skip')) erased += 1;
      };
      const options = { source: createErasureSource(store), lanes: () => 1, work };
      await drainQueue(options, (failed) => `${failed} accounts could not be erased.`, signal);
      return erased;
    },
  };
};

/**
 * Lists the accounts that are due for erasure, each of them once. An account that fails stays due for a later run.
 * Nothing is leased, because `lockErasable` skips an account that another instance is erasing.
 */
const createErasureSource = ({ users }: Pick<Store, 'users'>): QueueSource<string> => {
  const pending: string[] = [];
  let after = NIL_UUID;
  return {
    async claim(limit) {
      if (pending.length < limit) pending.push(...(await users.listErasable(after, PAGE_SIZE)));
      after = pending.at(-1) ?? after;
      return pending.splice(0, limit);
    },
  };
};
