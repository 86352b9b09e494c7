import type { Database } from '../database/database.js';

export const jobLocks = (db: Database) => ({
  /**
   * Takes a job's turn until the transaction ends, or answers false because another instance has it. The lock belongs to
   * the transaction: behind a pooler a lock of the session would be left to whoever is given the connection next.
   */
  async takeTurn(name: string): Promise<boolean> {
    const [row] = await db.$queryRaw<{ taken: boolean }[]>`
      SELECT pg_try_advisory_xact_lock(hashtextextended(${'gatehouse.job:' + name}, 0)) AS taken`;
    return row?.taken ?? false;
  },
});
