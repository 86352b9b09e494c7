import type { Database } from '../database/database.js';
import type { KnownDevice } from '../generated/client.js';

/** A kind of device that a user has logged in from. */
export type KnownDeviceRecord = KnownDevice;

export const knownDevices = (db: Database) => ({
  /** Notes a login. Answers true when the user has logged in before, but never from such a device. */
  async note(userId: string, device: string): Promise<boolean> {
    const [row] = await db.$queryRaw<{ isNew: boolean }[]>`
      WITH before AS (SELECT device FROM known_device WHERE user_id = ${userId}::uuid),
      noted AS (
        INSERT INTO known_device (user_id, device) VALUES (${userId}::uuid, ${device})
        ON CONFLICT (user_id, device) DO UPDATE SET last_seen_at = now())
      SELECT EXISTS (SELECT FROM before) AND NOT EXISTS (SELECT FROM before WHERE device = ${device}) AS "isNew"`;
    return row?.isNew ?? false;
  },

  /** Of whoever used the account until now. */
  async forget(userId: string): Promise<void> {
    await db.knownDevice.deleteMany({ where: { userId } });
  },

  /** The devices that were used last come first. */
  async listByUser(userId: string, limit: number): Promise<KnownDeviceRecord[]> {
    return db.knownDevice.findMany({
      where: { userId },
      orderBy: [{ lastSeenAt: 'desc' }, { device: 'asc' }],
      take: limit,
    });
  },
});
