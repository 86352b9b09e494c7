import { GatehouseError } from '../../errors.js';
import type { UserCaller } from '../caller.js';
import type { UnitOfWork } from '../unit-of-work.js';

/**
 * Locks the caller's account until the transaction ends, provided that its session is live. A request that waited while
 * the session was revoked therefore writes nothing.
 *
 * @throws GatehouseError UNAUTHENTICATED when the session has ended, or the account no longer exists
 */
export const holdSession = async (
  tx: Pick<UnitOfWork, 'users' | 'sessions'>,
  { userId, sessionId }: Pick<UserCaller, 'userId' | 'sessionId'>,
): Promise<void> => {
  await tx.users.lock(userId);
  await assertSessionLive(tx, sessionId);
};

/**
 * Checks that a session is live, and locks it until the transaction ends. The caller must have locked the user's row.
 *
 * @throws GatehouseError UNAUTHENTICATED when the session has ended
 */
export const assertSessionLive = async (tx: Pick<UnitOfWork, 'sessions'>, sessionId: string): Promise<void> => {
  if (!(await tx.sessions.holdLive(sessionId)))
    throw new GatehouseError('UNAUTHENTICATED', { reason: 'SESSION_REVOKED' });
};
