import { GatehouseError } from '../../errors.js';
import type { Actor } from '../audit/security-events.js';
import type { Client, UserCaller } from '../caller.js';
import { assertSessionLive } from '../sessions/hold-session.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** An actor without a session: the operating system user who runs a command, or the server itself. */
export type Operator = Extract<Actor, { readonly kind: 'operator' | 'system' }>;

/** An actor that manages accounts. A user needs a live session and the role ADMIN to do so. */
export type Administrator = Operator | (Extract<Actor, { readonly kind: 'user' }> & { readonly sessionId: string });

export const administratorOf = ({ userId, sessionId }: UserCaller, client: Client): Administrator => ({
  kind: 'user',
  userId,
  sessionId,
  client,
});

/**
 * Checks that an administrator may still act. The rule of the field was checked before the transaction waited for its
 * locks, and a demotion or a revocation may have been committed since. The session and the role stay locked until the
 * transaction ends, so that nothing is written after their removal was confirmed. The caller must have locked the rows
 * of the actor and of the user to be changed.
 *
 * @throws GatehouseError UNAUTHENTICATED when the session has ended, FORBIDDEN when the role was revoked
 */
export const assertAdministrator = async (
  tx: Pick<UnitOfWork, 'userRoles' | 'sessions'>,
  actor: Administrator,
): Promise<void> => {
  if (actor.kind !== 'user') return;
  await assertSessionLive(tx, actor.sessionId);
  if (!(await tx.userRoles.hold(actor.userId, 'ADMIN'))) throw new GatehouseError('FORBIDDEN');
};
