import type { Database } from '../database/database.js';
import { Prisma } from '../generated/client.js';
import { DELAY_MAX_SECONDS, type Budget, type Exhausted, type RateLimitCounters } from '../rate-limit-counters.js';

/** The budgets as rows: `budget (key, account_key, maximum, seconds, delay_from, position)`. */
const rowsOf = (budgets: readonly Budget[]) => Prisma.sql`
  unnest(
    ${budgets.map(({ key }) => key)}::text[],
    ${budgets.map(({ accountKey }) => accountKey ?? null)}::text[],
    ${budgets.map(({ limit }) => limit)}::int[],
    ${budgets.map(({ windowSeconds }) => windowSeconds)}::int[],
    ${budgets.map(({ delayFrom }) => delayFrom ?? null)}::int[]
  ) WITH ORDINALITY AS budget (key, account_key, maximum, seconds, delay_from, position)`;

/** The seconds until a unit of the budget can be spent. `l` is the counter. */
const wait = Prisma.sql`CASE
  WHEN l.expires_at <= now() THEN 0
  WHEN l.spent >= budget.maximum THEN extract(epoch FROM l.expires_at - now())
  WHEN l.spent < budget.delay_from IS NOT FALSE THEN 0
  ELSE extract(epoch FROM least(l.expires_at, l.last_spent_at + make_interval(secs =>
    least(${DELAY_MAX_SECONDS}::int, power(2, least(l.spent - budget.delay_from, 30))))) - now()) END`;

export const rateLimits = (db: Database) => {
  const waitSeconds = async (budget: Budget): Promise<number> => {
    const [row] = await db.$queryRaw<{ seconds: number }[]>`
      SELECT (${wait})::float8 AS seconds FROM ${rowsOf([budget])} JOIN auth_rate_limit AS l ON l.key = budget.key`;
    return Math.max(0, Math.ceil(row?.seconds ?? 0));
  };

  const giveBack = async (budgets: readonly Budget[]): Promise<void> => {
    const keys = budgets.map(({ key }) => key);
    await db.$executeRaw`
      UPDATE auth_rate_limit SET spent = spent - 1 WHERE spent > 0 AND expires_at > now() AND key IN (
        SELECT key FROM auth_rate_limit WHERE key = ANY(${keys})
        ORDER BY array_position(${keys}, key) FOR UPDATE)`;
  };

  return {
    // One statement. It locks the counters that exist, so that a refusal changes none of them. Several callers can create the
    // same counter at the same moment; then the condition of the update refuses those that are too late, and what they have
    // spent of other budgets is given back.
    async take(budgets: readonly Budget[]): Promise<Exhausted | undefined> {
      const [row] = await db.$queryRaw<{ position: number | null; seconds: number | null; taken: string[] }[]>`
        WITH budget AS (SELECT * FROM ${rowsOf(budgets)}),
        held AS (
          SELECT budget.position, ${wait} AS seconds
          FROM budget JOIN auth_rate_limit AS l ON l.key = budget.key
          ORDER BY budget.position FOR UPDATE OF l),
        exhausted AS (SELECT position, seconds FROM held WHERE seconds > 0 ORDER BY position LIMIT 1),
        taken AS (
          INSERT INTO auth_rate_limit AS l (key, account_key, spent, expires_at, last_spent_at)
          SELECT key, account_key, 1, now() + make_interval(secs => seconds), now()
          FROM budget WHERE NOT EXISTS (SELECT FROM exhausted) ORDER BY position
          ON CONFLICT (key) DO UPDATE SET
            account_key = excluded.account_key,
            spent = CASE WHEN l.expires_at <= now() THEN 1 ELSE l.spent + 1 END,
            expires_at = CASE WHEN l.expires_at <= now() THEN excluded.expires_at ELSE l.expires_at END,
            last_spent_at = excluded.last_spent_at
          WHERE (SELECT ${wait} FROM budget WHERE budget.key = l.key) <= 0
          RETURNING key)
        SELECT (SELECT position FROM exhausted)::int AS position, (SELECT seconds FROM exhausted)::float8 AS seconds,
               ARRAY(SELECT key FROM taken) AS taken`;
      if (row?.position != null)
        return { index: row.position - 1, retryAfterSeconds: Math.max(1, Math.ceil(row.seconds ?? 0)) };
      const taken = new Set(row?.taken);
      const index = budgets.findIndex(({ key }) => !taken.has(key));
      const late = budgets[index];
      if (!late) return undefined;
      await giveBack(budgets.filter(({ key }) => taken.has(key)));
      return { index, retryAfterSeconds: Math.max(1, await waitSeconds(late)) };
    },

    giveBack,

    waitSeconds,

    async resetAccount(accountKey: string): Promise<void> {
      await db.authRateLimit.deleteMany({ where: { accountKey } });
    },

    /** Deletes up to `limit` expired windows and returns their number. */
    async removeExpired(limit: number): Promise<number> {
      return db.$executeRaw`
        DELETE FROM auth_rate_limit WHERE key IN (
          SELECT key FROM auth_rate_limit WHERE expires_at <= now()
          ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
    },
  } satisfies RateLimitCounters & { removeExpired: unknown };
};
