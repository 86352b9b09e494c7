import type { Role } from '../../app/roles.js';
import { GatehouseError, type Failure } from '../../errors.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { isUuid, uuidv7 } from '../../values/uuid.js';
import { StoreConflict } from '../../store/errors.js';
import type { Rows } from '../../store/store.js';
import type { UserRecord } from '../../store/tables/users.js';
import { assertAdministrator, type Administrator } from '../administrators/administrator.js';
import type { AuthDependencies } from '../dependencies.js';
import { recordEvent, type SecurityEvent } from '../audit/security-events.js';
import { keepLastAdministrator } from '../administrators/last-administrator.js';

/** The most users that one page shows. */
const USER_PAGE_MAX = 100;

export type { UserRecord };

/** One page of users, the newest first, and whether more follow. */
export interface UserPage {
  readonly users: readonly UserRecord[];
  readonly hasNextPage: boolean;
}

/** An account that an administrator makes. */
export interface NewAccount {
  readonly email: string;
  readonly password: string;
  readonly name: string | null;
  readonly roles: readonly Role[];
  readonly verified: boolean;
}

// PostgreSQL has no place for a NUL, and nobody looks for a whole page of text.
const isSearchable = (search: string | null) =>
  search === null || (search.length <= 200 && !/[\p{Cc}\p{Cs}]/u.test(search));

const setRoles = async (tx: Rows, user: UserRecord, roles: readonly string[]): Promise<SecurityEvent | undefined> => {
  const granted = [...new Set(roles)].filter((role) => !user.roles.includes(role));
  const revoked = user.roles.filter((role) => !roles.includes(role));
  if (granted.length + revoked.length === 0) return undefined;
  await tx.users.grant(user.id, granted);
  await tx.users.revoke(user.id, revoked);
  return { type: 'ROLES_CHANGED', subjectId: user.id, detail: { granted, revoked } };
};

export const createUsers = (dependencies: AuthDependencies) => {
  const { store, clock, hasher, passwordPolicy, principals } = dependencies;

  /**
   * Runs a change of one user, and writes its event. `apply` answers nothing when there is nothing to change.
   *
   * @throws GatehouseError UNAUTHENTICATED or FORBIDDEN when the actor may not act any more, also where nothing changes
   */
  const change = async (
    userId: string,
    actor: Administrator,
    mayRemoveAdministrator: boolean,
    apply: (tx: Rows, user: UserRecord) => Promise<SecurityEvent | undefined>,
  ): Promise<UserRecord | Failure<'NOT_FOUND' | 'LAST_ADMINISTRATOR'>> => {
    if (!isUuid(userId)) return { failure: 'NOT_FOUND' };
    const userIds = actor.kind === 'user' ? [userId, actor.userId] : [userId];
    const work = async (tx: Rows): Promise<UserRecord | undefined> => {
      await assertAdministrator(tx, actor);
      const user = await tx.users.find(userId);
      const event = user && (await apply(tx, user));
      if (!event) return user;
      await recordEvent(tx, clock(), actor, event);
      return tx.users.find(userId);
    };
    const lockAndWork = async (tx: Rows) => {
      await tx.users.lockAll(userIds);
      return work(tx);
    };
    const changed = await (mayRemoveAdministrator
      ? keepLastAdministrator(dependencies, userIds, work)
      : store.transaction(lockAndWork));
    principals.forget(userId);
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

    /** @throws GatehouseError BAD_USER_INPUT when `first` is not 1 to 100, `after` no user's id, or `search` no line of text */
    async list(first: number, after: string | null, search: string | null): Promise<UserPage> {
      const acceptable =
        first >= 1 && first <= USER_PAGE_MAX && (after === null || isUuid(after)) && isSearchable(search);
      if (!acceptable) throw new GatehouseError('BAD_USER_INPUT');
      const users = await store.users.list({ first: first + 1, after, search });
      return { users: users.slice(0, first), hasNextPage: users.length > first };
    },

    /** Makes an account for somebody else. The address counts as proved only if the administrator says so. */
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
        return await store.transaction(async (tx) => {
          if (actor.kind === 'user') await tx.users.lock(actor.userId);
          await assertAdministrator(tx, actor);
          const user = await tx.users.create({
            id: uuidv7(clock()),
            email: address.spelling,
            emailCanonical: address.canonical,
            emailVerifiedAt: account.verified ? clock() : null,
            origin: 'ADMINISTRATOR',
            name: account.name,
            locale: null,
            roles: [...new Set<Role>(['USER', ...account.roles])],
            passwordHash,
          });
          await recordEvent(tx, clock(), actor, {
            type: 'USER_CREATED',
            subjectId: user.id,
            detail: { roles: user.roles },
          });
          return user;
        });
      } catch (error) {
        if (error instanceof StoreConflict) return { failure: 'INVALID_INPUT', fields: ['email'] };
        throw error;
      }
    },

    /** Whether there is any user at all. */
    any: () => store.users.any(),

    /** Gives a user exactly these roles; they count from the next request on, whatever its tokens say. */
    setRoles: (userId: string, roles: readonly Role[], actor: Administrator) =>
      change(userId, actor, true, (tx, user) => setRoles(tx, user, roles)),

    grantRole: (userId: string, role: Role, actor: Administrator) =>
      change(userId, actor, false, (tx, user) => setRoles(tx, user, [...user.roles, role])),

    revokeRole: (userId: string, role: Role, actor: Administrator) =>
      change(userId, actor, true, (tx, user) =>
        setRoles(
          tx,
          user,
          user.roles.filter((kept) => kept !== role),
        ),
      ),

    /**
     * Shuts a user out. Its sessions end, so that enabling it again brings none of them back; also those that stayed with
     * a user whom somebody shut out by hand in the database, or whose rows a backup brought back.
     */
    disable: (userId: string, actor: Administrator) =>
      change(userId, actor, true, async (tx) => {
        const isNew = await tx.users.setDisabled(userId, true);
        const count = await tx.sessions.revokeAll(userId);
        await tx.oneTimeTokens.voidAll(userId);
        if (!isNew && count === 0) return undefined;
        return { type: isNew ? 'USER_DISABLED' : 'SESSIONS_REVOKED', subjectId: userId, detail: { count } };
      }),

    enable: (userId: string, actor: Administrator) =>
      change(userId, actor, false, async (tx) =>
        (await tx.users.setDisabled(userId, false)) ? { type: 'USER_ENABLED', subjectId: userId } : undefined,
      ),

    revokeSessions: (userId: string, actor: Administrator) =>
      change(userId, actor, false, async (tx) => {
        const count = await tx.sessions.revokeAll(userId);
        return { type: 'SESSIONS_REVOKED', subjectId: userId, detail: { count } };
      }),
  };
};
