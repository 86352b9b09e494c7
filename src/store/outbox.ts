import type { Database } from './database.js';
import type { Prisma } from './generated/client.js';

/** One piece of work for after the commit. */
export interface OutboxEntry {
  readonly id: string;
  readonly topic: string;
  readonly payload: Prisma.JsonValue;
  readonly attempts: number;
}

export const outbox = (db: Database) => ({
  async add(entry: { id: string; topic: string; payload: Prisma.InputJsonObject }): Promise<void> {
    await db.outbox.create({ data: entry });
  },

  /**
   * Takes what is due for this instance alone and puts it off until `retryAfterSeconds` (doubled with each attempt)
   * from now, so that what is not delivered comes round again, also when this instance dies.
   */
  async claim(topic: string, limit: number, retryAfterSeconds: number): Promise<OutboxEntry[]> {
    return db.$queryRaw<OutboxEntry[]>`
      UPDATE outbox SET attempts = attempts + 1,
        deliver_after = now() + make_interval(secs => ${retryAfterSeconds} * power(2, least(attempts, 10)))
      WHERE id IN (
        SELECT id FROM outbox WHERE topic = ${topic} AND deliver_after <= now()
        ORDER BY deliver_after LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      RETURNING id, topic, payload, attempts`;
  },

  async remove(id: string): Promise<void> {
    await db.outbox.deleteMany({ where: { id } });
  },

  /** Removes an entry in the transaction that does its work; false when somebody else has done it. */
  async take(id: string): Promise<boolean> {
    return (await db.outbox.deleteMany({ where: { id } })).count === 1;
  },
});
