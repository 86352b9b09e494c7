import type { Database } from '../database/database.js';

export const rateLimits = (db: Database) => ({
  /**
   * Spends one of what a key may spend within a window; the window begins with the first. Answers how many seconds to
   * wait, 0 when there was something left. One statement, so that no number of callers at once gets more.
   */
  async spend(key: string, limit: number, windowSeconds: number): Promise<number> {
    const [row] = await db.$queryRaw<{ spent: number; secondsLeft: number }[]>`
      INSERT INTO spent_limit AS l (key, spent, expires_at)
      VALUES (${key}, 1, now() + make_interval(secs => ${windowSeconds}))
      ON CONFLICT (key) DO UPDATE SET
        spent = CASE WHEN l.expires_at <= now() THEN 1 ELSE least(l.spent, ${limit}) + 1 END,
        expires_at = CASE WHEN l.expires_at <= now() THEN excluded.expires_at ELSE l.expires_at END
      RETURNING spent, extract(epoch FROM expires_at - now())::float8 AS "secondsLeft"`;
    if (!row) throw new Error('INSERT INTO spent_limit returned no row');
    return row.spent <= limit ? 0 : Math.max(1, Math.ceil(row.secondsLeft));
  },

  /** Removes `limit` windows that are over, and counts them. */
  async removeOver(limit: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM spent_limit WHERE key IN (
        SELECT key FROM spent_limit WHERE expires_at <= now()
        ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },
});
