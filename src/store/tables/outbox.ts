import type { Database } from '../database/database.js';
import type { Outbox, Prisma } from '../generated/client.js';
import type { KeyUse, ResealedText } from './sealed-text.js';

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

/** What is sealed in an entry, and when the entry was added. */
export type SealedEntry = Pick<Outbox, 'id' | 'topic' | 'createdAt'> & { readonly sealed: string };

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

  /** How many entries each encryption key seals, by topic, dead letters included. */
  async countByEncryptionKey(): Promise<(KeyUse & Pick<OutboxEntry, 'topic'>)[]> {
    // Every start waits for this: the regular expression runs once for each key, not for each of many entries.
    return db.$queryRaw<(KeyUse & Pick<OutboxEntry, 'topic'>)[]>`
      SELECT topic, substring(key FROM '^[A-Za-z0-9_-]{1,64}$') AS "encryptionKey", sum(count)::int AS count
      FROM (SELECT topic, split_part(left(payload ->> 'sealed', 65), '.', 1) AS key, count(*) AS count
            FROM outbox WHERE payload ->> 'sealed' IS NOT NULL GROUP BY 1, 2) AS uses
      GROUP BY 1, 2 ORDER BY 1, 2`;
  },

  /** The newest entry that this encryption key seals. */
  async findSealedBy(encryptionKey: string): Promise<SealedEntry | undefined> {
    const [entry] = await db.$queryRaw<SealedEntry[]>`
      SELECT id, topic, payload ->> 'sealed' AS sealed, created_at AS "createdAt" FROM outbox
      WHERE starts_with(payload ->> 'sealed', ${encryptionKey} || '.') ORDER BY id DESC LIMIT 1`;
    return entry;
  },

  /** Entries that another encryption key than this one seals, dead letters included, by id, a page after `after`. */
  async listSealedByOthers(encryptionKey: string, limit: number, after: string | null): Promise<SealedEntry[]> {
    return db.$queryRaw<SealedEntry[]>`
      SELECT id, topic, payload ->> 'sealed' AS sealed, created_at AS "createdAt" FROM outbox
      WHERE NOT starts_with(payload ->> 'sealed', ${encryptionKey} || '.') AND (${after}::uuid IS NULL OR id > ${after}::uuid)
      ORDER BY id LIMIT ${limit}`;
  },

  /**
   * Replaces the sealed texts of entries that are unchanged since they were read; returns their ids. Claims, attempts and
   * times stay as they are, so that an instance that has claimed an entry goes on with what it has read.
   */
  async reseal(entries: readonly ResealedText[]): Promise<string[]> {
    const rows = await db.$queryRaw<{ id: string }[]>`
      UPDATE outbox o SET payload = jsonb_set(o.payload, '{sealed}', to_jsonb(r.resealed))
      FROM jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) AS r(id uuid, sealed text, resealed text)
      WHERE o.id = r.id AND o.payload ->> 'sealed' = r.sealed
      RETURNING o.id`;
    return rows.map(({ id }) => id);
  },

  /** Removes `limit` dead letters that nobody has had tried again for so long, and counts them. */
  async removeDead(limit: number, olderThanSeconds: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM outbox WHERE id IN (
        SELECT id FROM outbox WHERE dead_at <= now() - make_interval(secs => ${olderThanSeconds})
        ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },
});
