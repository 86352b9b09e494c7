import type { Database } from '../database/database.js';

/** The result of spending one unit of a limit. */
export interface Spending {
  /** 0 when the limit was not exceeded, otherwise the seconds until the window ends. */
  readonly retryAfterSeconds: number;
  /** Whether this is the first unit above the limit in its window. */
  readonly isNewlyExhausted: boolean;
}

export const rateLimits = (db: Database) => ({
  /**
   * Spends one unit of a key's limit. The window starts with the first unit. It is one statement, so that concurrent callers
   * cannot exceed the limit, and only one of them is the first above it.
   */
  async spend(key: string, limit: number, windowSeconds: number): Promise<Spending> {
    const [row] = await db.$queryRaw<{ spent: number; secondsLeft: number }[]>`
      INSERT INTO auth_rate_limit AS l (key, spent, expires_at)
      VALUES (${key}, 1, now() + make_interval(secs => ${windowSeconds}))
      ON CONFLICT (key) DO UPDATE SET
        spent = CASE WHEN l.expires_at <= now() THEN 1 ELSE least(l.spent, ${limit} + 1) + 1 END,
        expires_at = CASE WHEN l.expires_at <= now() THEN excluded.expires_at ELSE l.expires_at END
      RETURNING spent, extract(epoch FROM expires_at - now())::float8 AS "secondsLeft"`;
    if (!row) throw new Error('INSERT INTO auth_rate_limit returned no row');
    return {
      retryAfterSeconds: row.spent <= limit ? 0 : Math.max(1, Math.ceil(row.secondsLeft)),
      isNewlyExhausted: row.spent === limit + 1,
    };
  },

  /** Gives back all that was spent of these keys' limits. */
  async reset(keys: readonly string[]): Promise<void> {
    await db.authRateLimit.deleteMany({ where: { key: { in: [...keys] } } });
  },

  /** Deletes up to `limit` expired windows and returns their number. */
  async removeExpired(limit: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM auth_rate_limit WHERE key IN (
        SELECT key FROM auth_rate_limit WHERE expires_at <= now()
        ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },
});
