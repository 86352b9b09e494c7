import { GatehouseError, type Failure } from '../errors.js';
import { uuidv7 } from '../security/uuid.js';
import type { Rows } from '../store/store.js';
import type { Client, UserCaller } from './caller.js';
import type { AuthDependencies } from './dependencies.js';
import { actorOf, record } from './events.js';
import { keepingAnAdministrator } from './last-administrator.js';

/** For so long an owner who asked for deletion can think better of it. */
const ERASURE_GRACE_SECONDS = 14 * 24 * 60 * 60;

/** The end of an account. */
export const createAccountDeletion = (dependencies: AuthDependencies) => {
  const { store, clock, courier, principals, confirmPassword } = dependencies;
  return {
    /** Has the account erased in 14 days and logs its owner out everywhere. Answers when. */
    async request(
      caller: UserCaller,
      password: string,
      client: Client,
    ): Promise<{ eraseAfter: Date } | Failure<'INVALID_CREDENTIALS' | 'LAST_ADMINISTRATOR'>> {
      const confirmed = await confirmPassword(caller, password, client);
      if ('failure' in confirmed) return confirmed;
      const { userId } = caller;
      const result = await keepingAnAdministrator(store, async (tx) => {
        await tx.users.lock(userId);
        if (!(await tx.sessions.isLive(caller.sessionId))) return undefined;
        await tx.users.setEraseAfter(userId, ERASURE_GRACE_SECONDS);
        const user = await tx.users.find(userId);
        if (!user?.eraseAfter) return undefined;
        const count = await tx.sessions.revokeAll(userId);
        await tx.oneTimeTokens.voidAll(userId);
        const event = { type: 'DELETION_REQUESTED', subjectId: userId, detail: { count } } as const;
        await record(tx, clock(), actorOf(caller, client), event);
        const eraseAfter = user.eraseAfter;
        await courier.post(tx, uuidv7(clock()), {
          to: user.email,
          locale: user.locale ?? client.language,
          message: { template: 'deletion-scheduled', eraseAfter: eraseAfter.toISOString() },
        });
        return { eraseAfter };
      });
      principals.forget(userId);
      courier.nudge();
      return result ?? { failure: 'INVALID_CREDENTIALS' };
    },

    /**
     * Keeps the account after all.
     *
     * @throws GatehouseError UNAUTHENTICATED when it was erased in the meantime
     */
    async cancel(caller: UserCaller, client: Client): Promise<void> {
      await store.transaction(async (tx) => {
        await tx.users.lock(caller.userId);
        const user = await tx.users.find(caller.userId);
        if (!user) throw new GatehouseError('UNAUTHENTICATED');
        if (!user.eraseAfter) return;
        await tx.users.setEraseAfter(caller.userId, null);
        await record(tx, clock(), actorOf(caller, client), { type: 'DELETION_CANCELLED', subjectId: caller.userId });
      });
    },

    /** Takes from `limit` events all that tells of accounts whose time has come, and counts them. */
    anonymize: (tx: Rows, limit: number): Promise<number> => tx.events.anonymizeErasable(limit),

    /**
     * Erases one account whose time has come, and counts it. It runs after `anonymize`, because the events of one user may
     * be more than one transaction has time for. What is on record stays without anything that tells who it was, and with
     * one event more that says that somebody was erased.
     */
    erase: async (tx: Rows): Promise<number> => {
      const [user] = await tx.users.lockErasable(1);
      if (!user) return 0;
      const { id, email, emailCanonical, locale } = user;
      await courier.post(tx, uuidv7(clock()), { to: email, locale, message: { template: 'account-deleted' } });
      await tx.signUps.voidAll(emailCanonical);
      await tx.users.remove(id);
      await record(tx, clock(), { kind: 'system' }, { type: 'USER_ERASED' });
      return 1;
    },
  };
};
