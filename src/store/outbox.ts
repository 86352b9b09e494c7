import type { Database } from './database.js';
import type { Outbox, Prisma } from './generated/client.js';

/** One piece of work for after the commit, as whoever has claimed it sees it. */
export interface OutboxEntry {
  readonly id: string;
  readonly topic: string;
  readonly payload: Prisma.JsonValue;
  /** Counts the attempt for which it was claimed. */
  readonly attempts: number;
}

/** An entry's row. */
export type OutboxRecord = Outbox;

/** A claim, so that who has lost it to another instance changes nothing any more. */
type Claim = Pick<OutboxEntry, 'id' | 'attempts'>;

export const outbox = (db: Database) => ({
  /** Due at once, by the database's clock, as everything here: that of an instance may be wrong. */
  async add({ id, topic, payload }: { id: string; topic: string; payload: Prisma.InputJsonObject }): Promise<void> {
    await db.$executeRaw`
      INSERT INTO outbox (id, topic, payload) VALUES (${id}::uuid, ${topic}, ${JSON.stringify(payload)}::jsonb)`;
  },

  /**
   * Takes what is due for this instance alone, for `leaseSeconds`: longer than the work can last. What is neither removed nor
   * put off until then comes round again, because whoever claimed it is dead. While an entry is claimed it has no failure.
   */
  async claim(topic: string, limit: number, leaseSeconds: number): Promise<OutboxEntry[]> {
    // Materialised, because PostgreSQL may otherwise run the inner query again for each row and take more than the limit.
    return db.$queryRaw<OutboxEntry[]>`
      WITH due AS MATERIALIZED (
        SELECT id FROM outbox WHERE topic = ${topic} AND deliver_after <= now() AND dead_at IS NULL
        ORDER BY deliver_after LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      UPDATE outbox o SET attempts = attempts + 1, last_failure = NULL,
        deliver_after = now() + make_interval(secs => ${leaseSeconds})
      FROM due WHERE o.id = due.id
      RETURNING o.id, o.topic, o.payload, o.attempts`;
  },

  /** Removes an entry whose work is done; false when somebody else has done it. */
  async remove(id: string): Promise<boolean> {
    return (await db.outbox.deleteMany({ where: { id } })).count === 1;
  },

  /** It failed and comes round again. */
  async postpone({ id, attempts }: Claim, failure: string, seconds: number): Promise<void> {
    await db.$executeRaw`
      UPDATE outbox SET last_failure = ${failure}, deliver_after = now() + make_interval(secs => ${seconds})
      WHERE id = ${id}::uuid AND attempts = ${attempts}`;
  },

  /** It failed for good: a dead letter, until an operator has it tried again. Never due, so that no claim looks past it. */
  async bury({ id, attempts }: Claim, failure: string): Promise<void> {
    await db.$executeRaw`
      UPDATE outbox SET last_failure = ${failure}, dead_at = now(), deliver_after = '9999-01-01' WHERE id = ${id}::uuid AND attempts = ${attempts}`;
  },

  /** It was not done, and that is nobody's fault: anybody may claim it at once. */
  async giveBack({ id, attempts }: Claim): Promise<void> {
    await db.$executeRaw`
      UPDATE outbox SET attempts = attempts - 1, deliver_after = now() WHERE id = ${id}::uuid AND attempts = ${attempts}`;
  },

  /** How many entries wait, and how many are dead. */
  async count(): Promise<{ waiting: number; dead: number }> {
    const [row] = await db.$queryRaw<{ waiting: number; dead: number }[]>`
      SELECT count(*) FILTER (WHERE dead_at IS NULL)::int AS waiting, count(dead_at)::int AS dead FROM outbox`;
    return row ?? { waiting: 0, dead: 0 };
  },

  /** What waits or is dead, the oldest first, a page after `after`. */
  async list(limit: number, after: string | null): Promise<OutboxRecord[]> {
    return db.outbox.findMany({
      where: after === null ? {} : { id: { gt: after } },
      orderBy: { id: 'asc' },
      take: limit,
    });
  },

  /**
   * Makes what failed due again at once, with all its attempts: dead letters, and what waits after a failure. One entry, or
   * all of them; counts them. What is under way is left alone: a second copy would go out beside it.
   */
  async retry(id: string | null): Promise<number> {
    return db.$executeRaw`
      UPDATE outbox SET attempts = 0, last_failure = NULL, dead_at = NULL, deliver_after = now()
      WHERE last_failure IS NOT NULL AND (${id}::uuid IS NULL OR id = ${id}::uuid)`;
  },

  /** Removes `limit` dead letters that nobody has had tried again for so long, and counts them. */
  async removeDead(limit: number, olderThanSeconds: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM outbox WHERE id IN (
        SELECT id FROM outbox WHERE dead_at <= now() - make_interval(secs => ${olderThanSeconds})
        ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },
});
