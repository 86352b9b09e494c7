import type { UnitOfWork } from '../unit-of-work.js';

/** The profile of an account whose owner proved the address without a receipt: the stored one may be a stranger's. */
export const blankProfile = { name: null, locale: null } as const;

/**
 * Removes from an account, whose owner has just proved the address, everything that a stranger may have left there who had
 * signed up with that address, here or in the system from which it was imported: the name and language, a scheduled
 * deletion, a device that would pass for known.
 */
export const clearStranger = async (tx: Pick<UnitOfWork, 'users' | 'knownDevices'>, userId: string): Promise<void> => {
  await tx.users.setEraseAfter(userId, null);
  await tx.users.updateProfile(userId, blankProfile);
  await tx.knownDevices.forget(userId);
};
