import type { Database } from '../database/database.js';

export const jobLocks = (db: Database) => ({
  /**
   * Takes the lock of a job until the transaction ends; returns false when another instance holds it. The lock belongs to
   * the transaction: behind a pooler, a session's lock would stay on a connection that other clients use next.
   */
  async tryLock(name: string): Promise<boolean> {
    const [row] = await db.$queryRaw<{ taken: boolean }[]>`
      SELECT pg_try_advisory_xact_lock(hashtextextended(${'gatehouse.job:' + name}, 0)) AS taken`;
    return row?.taken ?? false;
  },
});
