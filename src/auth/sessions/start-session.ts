import type { Config } from '../../config/config.js';
import type { CurrentSession } from '../../store/tables/sessions.js';
import type { UserRecord } from '../../store/tables/users.js';
import type { Client } from '../caller.js';
import { deviceOf } from '../client-info.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** How the user was authenticated, and for which client. `amr` holds methods of RFC 8176. */
export interface Authentication {
  readonly amr: readonly string[];
  /** The version of the password that was verified. */
  readonly passwordVersion: number;
  readonly clientId: string;
}

/** A new session, and its user as it is now. */
export interface StartedSession {
  readonly session: CurrentSession;
  readonly user: UserRecord;
}

/** How long a session lives and how many a user may have. */
export type SessionLimits = Pick<Config, 'sessionsPerUser' | 'sessionIdleTtlSeconds' | 'sessionAbsoluteTtlSeconds'>;

/**
 * Starts a session. There is no other way to start one. The id is always new, whatever the client sends along.
 *
 * The caller has locked the user's row: a transaction that disables the user or changes the password at the same moment
 * either came first, and no session starts, or comes second and ends this one with the others. Under the same lock the
 * oldest sessions make room, so that many logins at once do not exceed SESSIONS_PER_USER either.
 *
 * @param replaced ids of sessions that end first, so that no other session has to make room for the new one
 * @returns undefined when the user is disabled or deleted, or has another password by now
 */
export const startSession = async (
  tx: UnitOfWork,
  limits: SessionLimits,
  userId: string,
  { amr, passwordVersion, clientId }: Authentication,
  client: Client,
  replaced: readonly string[],
): Promise<StartedSession | undefined> => {
  const user = await tx.users.markLoggedIn(userId, passwordVersion);
  if (!user) return undefined;
  for (const sessionId of replaced) {
    await tx.sessions.revoke(sessionId, {
      type: 'SESSION_REVOKED',
      actor: { kind: 'user', userId, client },
      detail: { cause: 'REPLACED' },
    });
  }
  // One event for all of them: there may be thousands, from a time before there was a limit.
  await tx.sessions.revokeOldest(userId, limits.sessionsPerUser - 1, ({ count, firstId }) => {
    const about = { subjectId: userId, actor: { kind: 'system' } } as const;
    const cause = 'SESSIONS_PER_USER';
    return count === 1 && firstId !== null
      ? { ...about, type: 'SESSION_REVOKED', sessionId: firstId, detail: { cause } }
      : { ...about, type: 'SESSIONS_REVOKED', detail: { count, cause } };
  });
  const session = await tx.sessions.create({
    id: tx.newId(),
    userId,
    clientId,
    amr,
    device: deviceOf(client.userAgent),
    network: client.network,
    userAgent: client.userAgent,
    idleTtlSeconds: limits.sessionIdleTtlSeconds,
    absoluteTtlSeconds: limits.sessionAbsoluteTtlSeconds,
  });
  return { session, user };
};
