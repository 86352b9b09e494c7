import type { Config } from '../../config/config.js';
import type { CurrentSession } from '../../store/tables/sessions.js';
import type { UserRecord } from '../../store/tables/users.js';
import type { Client } from '../caller.js';
import { deviceOf } from '../client-info.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** How the user was authenticated, and for which client. `amr` contains authentication methods of RFC 8176. */
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

export type SessionLimits = Pick<Config, 'sessionsPerUser' | 'sessionIdleTtlSeconds' | 'sessionAbsoluteTtlSeconds'>;

/**
 * Starts a session; no other function does. The id is always new, regardless of what the client sends.
 *
 * The caller must have locked the user's row. A transaction that disables the user or changes the password at the same
 * moment then either comes first, so that no session starts, or comes second and ends this session with the others.
 * Under the same lock the oldest sessions are ended, so that concurrent logins cannot exceed SESSIONS_PER_USER either.
 *
 * @param replaced ids of sessions that are ended first, so that no other session has to end for the new one
 * @returns undefined when the user is disabled, deleted or due to be erased, or the password has changed since it was verified
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
  // One event for all of them: there may be thousands of sessions from before the limit existed.
  await tx.sessions.revokeOldest(userId, limits.sessionsPerUser - 1, ({ count, firstId }) => {
    const shared = { subjectId: userId, actor: { kind: 'system' } } as const;
    const cause = 'SESSIONS_PER_USER';
    return count === 1 && firstId !== null
      ? { ...shared, type: 'SESSION_REVOKED', sessionId: firstId, detail: { cause } }
      : { ...shared, type: 'SESSIONS_REVOKED', detail: { count, cause } };
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
