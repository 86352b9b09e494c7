import type { Database } from '../database/database.js';
import type { AuthKnownDevice } from '../generated/client.js';

/** A kind of device from which a user has logged in. `device` is null when the user agent was not recognized. */
export type KnownDeviceRecord = Omit<AuthKnownDevice, 'id'>;

export const knownDevices = (db: Database) => ({
  /** Records a login. Returns true when the user has logged in before, but never from such a device. */
  async recordLogin(userId: string, device: string | null): Promise<boolean> {
    const [row] = await db.$queryRaw<{ isNew: boolean }[]>`
      WITH before AS (SELECT device FROM auth_known_device WHERE user_id = ${userId}::uuid),
      noted AS (
        INSERT INTO auth_known_device (user_id, device) VALUES (${userId}::uuid, ${device})
        ON CONFLICT (user_id, device) DO UPDATE SET last_seen_at = now())
      SELECT EXISTS (SELECT FROM before)
         AND NOT EXISTS (SELECT FROM before WHERE device IS NOT DISTINCT FROM ${device}) AS "isNew"`;
    return row?.isNew ?? false;
  },

  /** Deletes the devices of a user, because the account passes from a stranger to the owner of its address. */
  async forget(userId: string): Promise<void> {
    await db.authKnownDevice.deleteMany({ where: { userId } });
  },

  /** Lists the devices of a user, the most recently used first. */
  async listByUser(userId: string, limit: number): Promise<KnownDeviceRecord[]> {
    return db.authKnownDevice.findMany({
      where: { userId },
      omit: { id: true },
      orderBy: [{ lastSeenAt: 'desc' }, { device: { sort: 'asc', nulls: 'first' } }],
      take: limit,
    });
  },
});
