import type { Failure } from '../../errors.js';
import type { UserRecord } from '../../store/tables/users.js';
import { isUuid } from '../../values/uuid.js';
import type { Change, UnitOfWork } from '../unit-of-work.js';
import { assertAdministrator, type Administrator } from './administrator.js';
import type { KeepLastAdministrator } from './last-administrator.js';

/** Changes the user that an administrator names, within the unit of work. */
type Apply<T> = (tx: UnitOfWork, user: UserRecord) => Promise<T>;

/** How administrators change users. Both functions throw as `applyToUser` does. */
export interface UserChanges {
  readonly changeUser: <T>(userId: string, actor: Administrator, apply: Apply<T>) => Promise<T | Failure<'NOT_FOUND'>>;
  /** For a change that takes rights away: it is undone if no administrator who can log in would remain. */
  readonly restrictUser: <T>(
    userId: string,
    actor: Administrator,
    apply: Apply<T>,
  ) => Promise<T | Failure<'NOT_FOUND' | 'LAST_ADMINISTRATOR'>>;
}

export const createUserChanges = ({
  change,
  keepLastAdministrator,
}: {
  readonly change: Change;
  readonly keepLastAdministrator: KeepLastAdministrator;
}): UserChanges => ({
  async changeUser(userId, actor, apply) {
    if (!isUuid(userId)) return { failure: 'NOT_FOUND' };
    return change(actor, async (tx) => {
      await tx.users.lockAll(idsOf(userId, actor));
      return applyToUser(tx, userId, actor, apply);
    });
  },
  async restrictUser(userId, actor, apply) {
    if (!isUuid(userId)) return { failure: 'NOT_FOUND' };
    return keepLastAdministrator(actor, idsOf(userId, actor), (tx) => applyToUser(tx, userId, actor, apply));
  },
});

/** The users to lock before `applyToUser`. */
export const idsOf = (userId: string, actor: Administrator): string[] =>
  actor.kind === 'user' ? [userId, actor.userId] : [userId];

/**
 * Applies a change of an administrator to a user, if there is one. The caller has locked both.
 *
 * @throws GatehouseError UNAUTHENTICATED or FORBIDDEN when the actor may no longer act, even if nothing would change
 */
export const applyToUser = async <T>(
  tx: UnitOfWork,
  userId: string,
  actor: Administrator,
  apply: Apply<T>,
): Promise<T | Failure<'NOT_FOUND'>> => {
  await assertAdministrator(tx, actor);
  const user = await tx.users.find(userId);
  return user ? apply(tx, user) : { failure: 'NOT_FOUND' };
};

/** Reads a user again after a change in the same unit of work. */
export const findChangedUser = async (tx: Pick<UnitOfWork, 'users'>, userId: string): Promise<UserRecord> => {
  const user = await tx.users.find(userId);
  if (!user) throw new Error('a locked user is not deleted');
  return user;
};
