import type { Role } from '../../values/roles.js';
import type { Failure } from '../../errors.js';
import type { SessionRecord } from '../../store/tables/sessions.js';
import type { UserRecord } from '../../store/tables/users.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { isUuid } from '../../values/uuid.js';
import type { Administrator } from '../administrators/administrator.js';
import { findChangedUser, type UserChanges } from '../administrators/user-changes.js';
import type { RateLimits } from '../rate-limits/rate-limits.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Gives a user exactly these roles, and USER, which every user has. Does nothing when the user already has them. */
const setRoles = async (tx: UnitOfWork, user: UserRecord, roles: readonly string[]): Promise<UserRecord> => {
  const wanted = new Set(['USER', ...roles]);
  const granted = [...wanted].filter((role) => !user.roles.includes(role));
  const revoked = user.roles.filter((role) => !wanted.has(role));
  const event = { type: 'ROLES_CHANGED', subjectId: user.id, detail: { granted, revoked } } as const;
  if (granted.length > 0) await tx.userRoles.grant(user.id, granted, event);
  if (revoked.length > 0) await tx.userRoles.revoke(user.id, revoked, event);
  return findChangedUser(tx, user.id);
};

/** Changes other users, for administrators and for commands. */
export const createUserAdministration = ({
  userChanges: { changeUser, restrictUser },
  rateLimits,
  clock,
}: {
  readonly userChanges: UserChanges;
  readonly rateLimits: RateLimits;
  readonly clock: () => Date;
}) => ({
  /** Gives a user exactly these roles, and USER. They apply from the next request on, regardless of the user's tokens. */
  setRoles: (userId: string, roles: readonly Role[], actor: Administrator) =>
    restrictUser(userId, actor, (tx, user) => setRoles(tx, user, roles)),

  grantRole: (userId: string, role: Role, actor: Administrator) =>
    changeUser(userId, actor, (tx, user) => setRoles(tx, user, [...user.roles, role])),

  revokeRole: (userId: string, role: Role, actor: Administrator) =>
    restrictUser(userId, actor, (tx, user) => {
      const kept = user.roles.filter((it) => it !== role);
      return setRoles(tx, user, kept);
    }),

  /**
   * Disables a user and ends the user's sessions, so that enabling the user again restores none of them. This
   * includes sessions that were left when a user was disabled directly in the database or restored from a backup.
   */
  disable: (userId: string, actor: Administrator) =>
    restrictUser(userId, actor, async (tx) => {
      const disabled = { type: 'USER_DISABLED', subjectId: userId } as const;
      const isNew = await tx.users.setDisabled(userId, true, disabled);
      await tx.sessions.revokeAll(userId, isNew ? disabled : { type: 'SESSIONS_REVOKED', subjectId: userId });
      await tx.oneTimeTokens.voidAll(userId);
      return findChangedUser(tx, userId);
    }),

  enable: (userId: string, actor: Administrator) =>
    changeUser(userId, actor, async (tx) => {
      await tx.users.setDisabled(userId, false, { type: 'USER_ENABLED', subjectId: userId });
      return findChangedUser(tx, userId);
    }),

  /**
   * Ends all sessions of a user, or those of the given ids, and returns the number of those that were live. An id of another
   * user's session, or of none, is ignored: it would otherwise tell whether it exists.
   */
  async revokeSessions(
    userId: string,
    actor: Administrator,
    sessionIds: readonly string[] | null = null,
  ): Promise<{ user: UserRecord; revokedSessions: number } | Failure<'NOT_FOUND'>> {
    const event = { type: 'SESSIONS_REVOKED', subjectId: userId } as const;
    return changeUser(userId, actor, async (tx, user) => {
      if (sessionIds !== null) {
        const revokedSessions = await tx.sessions.revokeThese(userId, sessionIds.filter(isUuid), event);
        return { user, revokedSessions };
      }
      tx.audit.record(event);
      return { user, revokedSessions: await tx.sessions.revokeAll(userId, event) };
    });
  },

  /** Lists the live sessions of a user, newest first, for an administrator. Devices and networks are personal data, so it is recorded. */
  async viewSessions(userId: string, actor: Administrator): Promise<SessionRecord[]> {
    const sessions = await changeUser(userId, actor, (tx) => {
      tx.audit.record({ type: 'USER_SESSIONS_VIEWED', subjectId: userId });
      return tx.sessions.listLive(userId);
    });
    return 'failure' in sessions ? [] : sessions;
  },

  /** Lifts the rate limits of a user's address, and forgets the wrong passwords that were sent in the user's sessions. */
  async unlock(userId: string, actor: Administrator): Promise<UserRecord | Failure<'NOT_FOUND'>> {
    const user = await changeUser(userId, actor, async (tx, found) => {
      await tx.passwordAttempts.resetAll(userId);
      tx.audit.record({ type: 'USER_UNLOCKED', subjectId: userId });
      return found;
    });
    if (!('failure' in user)) await rateLimits.resetAccount(user.emailCanonical);
    return user;
  },

  /** The time until which a user can log in from known devices only; null when the user can log in anywhere. */
  async loginLockedUntil(email: string): Promise<Date | null> {
    const canonical = parseEmailAddress(email)?.canonical;
    const seconds = canonical === undefined ? 0 : await rateLimits.passwordLockSeconds(canonical);
    return seconds === 0 ? null : new Date(clock().getTime() + seconds * 1000);
  },
});
