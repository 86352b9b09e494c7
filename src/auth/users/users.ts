import type { Role } from '../../app/roles.js';
import { GatehouseError, type Failure } from '../../errors.js';
import type { PasswordHasher } from '../../security/passwords/password.js';
import { StoreConflict } from '../../store/errors.js';
import type { Store } from '../../store/store.js';
import type { UserRecord } from '../../store/tables/users.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { USER_PAGE_MAX } from '../../values/policy.js';
import { isUuid } from '../../values/uuid.js';
import { assertAdministrator, type Administrator } from '../administrators/administrator.js';
import type { KeepLastAdministrator } from '../administrators/last-administrator.js';
import type { PasswordPolicy } from '../password-checks/password-policy.js';
import type { Change, UnitOfWork } from '../unit-of-work.js';

export type { UserRecord };

/** One page of users, newest first. */
export interface UserPage {
  readonly users: readonly UserRecord[];
  readonly hasNextPage: boolean;
}

/** An account that an administrator creates. */
export interface NewAccount {
  readonly email: string;
  readonly password: string;
  readonly name: string | null;
  readonly roles: readonly Role[];
  readonly verified: boolean;
}

// PostgreSQL text cannot contain NUL, and no useful search is longer than this.
const isSearchable = (search: string | null) =>
  search === null || (search.length <= 200 && !/[\p{Cc}\p{Cs}]/u.test(search));

/** Gives a user exactly these roles. Does nothing when the user already has them. */
const setRoles = async (tx: UnitOfWork, user: UserRecord, roles: readonly string[]): Promise<void> => {
  const granted = [...new Set(roles)].filter((role) => !user.roles.includes(role));
  const revoked = user.roles.filter((role) => !roles.includes(role));
  const event = { type: 'ROLES_CHANGED', subjectId: user.id, detail: { granted, revoked } } as const;
  if (granted.length > 0) await tx.userRoles.grant(user.id, granted, event);
  if (revoked.length > 0) await tx.userRoles.revoke(user.id, revoked, event);
};

/** Manages the accounts of others, for administrators and operators. */
export const createUsers = ({
  change,
  store,
  hasher,
  passwordPolicy,
  keepLastAdministrator,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'users'>;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly keepLastAdministrator: KeepLastAdministrator;
}) => {
  /** @throws GatehouseError UNAUTHENTICATED or FORBIDDEN when the actor may no longer act, even if nothing changes */
  const changeUser = async (
    userId: string,
    actor: Administrator,
    mayRemoveAdministrator: boolean,
    apply: (tx: UnitOfWork, user: UserRecord) => Promise<unknown>,
  ): Promise<UserRecord | Failure<'NOT_FOUND' | 'LAST_ADMINISTRATOR'>> => {
    if (!isUuid(userId)) return { failure: 'NOT_FOUND' };
    const userIds = actor.kind === 'user' ? [userId, actor.userId] : [userId];
    const work = async (tx: UnitOfWork): Promise<UserRecord | undefined> => {
      await assertAdministrator(tx, actor);
      const user = await tx.users.find(userId);
      if (!user) return undefined;
      await apply(tx, user);
      return tx.users.find(userId);
    };
    const changed = await (mayRemoveAdministrator
      ? keepLastAdministrator(actor, userIds, work)
      : change(actor, async (tx) => {
          await tx.users.lockAll(userIds);
          return work(tx);
        }));
    return changed ?? { failure: 'NOT_FOUND' };
  };

  return {
    async find(userId: string): Promise<UserRecord | undefined> {
      return isUuid(userId) ? store.users.find(userId) : undefined;
    },

    async findByEmail(email: string): Promise<UserRecord | undefined> {
      const address = parseEmailAddress(email);
      return address && store.users.findByAddress(address.canonical);
    },

    /**
     * Returns one page of users: `first` users after the id `after` whose address or name contains `search`.
     *
     * @throws GatehouseError BAD_USER_INPUT when `first` is not from 1 to 100, `after` is not a user id, or `search` is
     *   not a line of text
     */
    async list(first: number, after: string | null, search: string | null): Promise<UserPage> {
      const isAcceptable =
        first >= 1 && first <= USER_PAGE_MAX && (after === null || isUuid(after)) && isSearchable(search);
      if (!isAcceptable) throw new GatehouseError('BAD_USER_INPUT');
      const users = await store.users.list({ first: first + 1, after, search });
      return { users: users.slice(0, first), hasNextPage: users.length > first };
    },

    /**
     * Creates an account for somebody else. The address counts as verified only if the administrator says so.
     *
     * @throws GatehouseError UNAUTHENTICATED or FORBIDDEN when the actor may no longer act
     */
    async create(
      account: NewAccount,
      actor: Administrator,
    ): Promise<UserRecord | Failure<'INVALID_EMAIL' | 'WEAK_PASSWORD' | 'INVALID_INPUT'>> {
      const address = parseEmailAddress(account.email);
      if (!address) return { failure: 'INVALID_EMAIL' };
      const reasons = await passwordPolicy.weaknesses(account.password, account);
      if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };
      const passwordHash = await hasher.hash(account.password);
      try {
        return await change(actor, async (tx) => {
          if (actor.kind === 'user') await tx.users.lock(actor.userId);
          await assertAdministrator(tx, actor);
          const id = tx.newId();
          const roles = [...new Set<Role>(['USER', ...account.roles])].sort();
          const user = {
            id,
            email: address.spelling,
            emailCanonical: address.canonical,
            isVerified: account.verified,
            origin: 'ADMINISTRATOR',
            name: account.name,
            locale: null,
            roles,
            passwordHash,
          } as const;
          return tx.users.create(user, { type: 'USER_CREATED', subjectId: id, detail: { roles } });
        });
      } catch (error) {
        if (error instanceof StoreConflict) return { failure: 'INVALID_INPUT', fields: ['email'] };
        throw error;
      }
    },

    any: () => store.users.any(),

    /** Gives a user exactly these roles. They apply from the user's next request, whatever the access token contains. */
    setRoles: (userId: string, roles: readonly Role[], actor: Administrator) =>
      changeUser(userId, actor, true, (tx, user) => setRoles(tx, user, roles)),

    grantRole: (userId: string, role: Role, actor: Administrator) =>
      changeUser(userId, actor, false, (tx, user) => setRoles(tx, user, [...user.roles, role])),

    revokeRole: (userId: string, role: Role, actor: Administrator) =>
      changeUser(userId, actor, true, (tx, user) =>
        setRoles(
          tx,
          user,
          user.roles.filter((kept) => kept !== role),
        ),
      ),

    /**
     * Disables a user and ends the user's sessions, so that enabling the user again restores none of them. This
     * includes sessions that were left when a user was disabled directly in the database or restored from a backup.
     */
    disable: (userId: string, actor: Administrator) =>
      changeUser(userId, actor, true, async (tx) => {
        const disabled = { type: 'USER_DISABLED', subjectId: userId } as const;
        const isNew = await tx.users.setDisabled(userId, true, disabled);
        await tx.sessions.revokeAll(userId, isNew ? disabled : { type: 'SESSIONS_REVOKED', subjectId: userId });
        await tx.oneTimeTokens.voidAll(userId);
      }),

    enable: (userId: string, actor: Administrator) =>
      changeUser(userId, actor, false, (tx) =>
        tx.users.setDisabled(userId, false, { type: 'USER_ENABLED', subjectId: userId }),
      ),

    revokeSessions: (userId: string, actor: Administrator) =>
      changeUser(userId, actor, false, async (tx) => {
        const event = { type: 'SESSIONS_REVOKED', subjectId: userId } as const;
        tx.audit.record(event);
        await tx.sessions.revokeAll(userId, event);
      }),
  };
};
