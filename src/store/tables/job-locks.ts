import { lockName } from '../database/advisory-lock.js';
import type { Database } from '../database/database.js';

export const jobLocks = (db: Database) => ({
  /**
   * Takes the lock of a job until the transaction ends, without waiting. Returns false when another instance holds it. The
   * lock belongs to the transaction: behind a pooler, the lock of a session would remain on a connection that other clients
   * use next.
   */
  async tryLock(name: string): Promise<boolean> {
    const [row] = await db.$queryRaw<{ taken: boolean }[]>`
      SELECT pg_try_advisory_xact_lock(hashtextextended(${lockName('gatehouse.job:' + name)}, 0)) AS taken`;
    return row?.taken ?? false;
  },
});
