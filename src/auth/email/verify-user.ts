import type { UserRecord } from '../../store/tables/users.js';
import type { UnitOfWork } from '../unit-of-work.js';

/**
 * Marks the address of an existing, unverified account as verified. With a password hash, the account passes to the
 * person who clicked the link: everything that another person could have set up in it is ended.
 *
 * @returns false when the account was verified already; then nothing is changed
 */
export const verifyUser = async (
  tx: UnitOfWork,
  userId: string,
  profile: Pick<UserRecord, 'name' | 'locale'>,
  passwordHash: string | null,
): Promise<boolean> => {
  if (!(await tx.users.verify(userId, profile))) return false;
  const event = { type: 'EMAIL_VERIFIED', subjectId: userId } as const;
  tx.audit.record(event);
  tx.principals.changed(userId);
  if (passwordHash === null) return true;
  await tx.passwordCredentials.set(userId, passwordHash, event);
  await tx.sessions.revokeAll(userId, event);
  await tx.oneTimeTokens.voidAll(userId);
  await tx.users.cancelErasure(userId);
  await tx.knownDevices.forget(userId);
  return true;
};
