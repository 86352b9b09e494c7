import type { UnitOfWork } from '../unit-of-work.js';

/** Replaces the profile of an account whose owner verified the address without a receipt: it may be a stranger's. */
export const blankProfile = { name: null, locale: null } as const;

/**
 * Removes what a stranger may have left in an account whose owner has just verified the address: the name and language,
 * a scheduled deletion, a device that would count as known. The stranger may have signed up with the address before,
 * here or in the system from which the account was imported.
 */
export const removeStrangerData = async (
  tx: Pick<UnitOfWork, 'users' | 'knownDevices'>,
  userId: string,
): Promise<void> => {
  await tx.users.cancelErasure(userId);
  await tx.users.updateProfile(userId, blankProfile);
  await tx.knownDevices.forget(userId);
};
