import type { Database } from '../database/database.js';
import { Prisma, type AuthQueueEntry } from '../generated/client.js';
import type { KeyUse, ResealedText } from './sealed-text.js';

/** A claimed entry: work that was queued in a transaction and is done after its commit. */
export interface QueueEntry {
  readonly id: string;
  readonly topic: string;
  readonly payload: Prisma.JsonValue;
  /** Includes the attempt for which it was claimed. */
  readonly attempts: number;
}

/** An entry to add. */
interface NewQueueEntry {
  readonly id: string;
  readonly topic: string;
  readonly payload: Prisma.InputJsonObject;
  readonly afterSeconds?: number;
}

/** The topics of periodic entries, as a pattern of LIKE. They are never done, so that nobody waits for them or retries them. */
export const PERIODIC_TOPICS = 'periodic:%';

export type QueueEntryRecord = AuthQueueEntry;

/** An entry that is due again after each run. */
interface PeriodicQueueEntry {
  readonly id: string;
  readonly topic: string;
  readonly everySeconds: number;
}

/** The sealed text of an entry, and when the entry was added. */
export type SealedEntry = Pick<AuthQueueEntry, 'id' | 'topic' | 'createdAt'> & { readonly sealed: string };

/** Identifies a claim: an instance whose claim has passed to another instance changes nothing. */
type Claim = Pick<QueueEntry, 'id' | 'attempts'>;

export const queueEntries = (db: Database) => ({
  /**
   * Adds an entry that is due at once, or after `afterSeconds`. All times come from the database, because the clock of an
   * instance may be wrong.
   */
  async add({ id, topic, payload, afterSeconds = 0 }: NewQueueEntry): Promise<void> {
    await db.$executeRaw`
      INSERT INTO auth_queue_entry (id, topic, payload, deliver_after)
      VALUES (${id}::uuid, ${topic}, ${JSON.stringify(payload)}::jsonb, now() + make_interval(secs => ${afterSeconds}))`;
  },

  /**
   * Claims due entries for `leaseSeconds`, which is longer than the work can take. An entry that is neither removed nor
   * postponed by then is due again, because the instance that claimed it has died. A claimed entry has no last failure.
   *
   * @param topic a topic, or a pattern of LIKE for several
   */
  async claim(topic: string, limit: number, leaseSeconds: number): Promise<QueueEntry[]> {
    // The index finds the entries of a pattern only under the collation C, and emails must not become slower by it.
    const isTopic = topic.endsWith('%') ? Prisma.sql`topic LIKE ${topic}` : Prisma.sql`topic = ${topic}`;
    // MATERIALIZED, because PostgreSQL could otherwise repeat the inner query for each row and claim more than the limit.
    return db.$queryRaw<QueueEntry[]>`
      WITH due AS MATERIALIZED (
        SELECT id FROM auth_queue_entry WHERE ${isTopic} AND deliver_after <= now() AND dead_at IS NULL
        ORDER BY deliver_after LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      UPDATE auth_queue_entry q SET attempts = attempts + 1, last_failure = NULL,
        deliver_after = now() + make_interval(secs => ${leaseSeconds})
      FROM due WHERE q.id = due.id
      RETURNING q.id, q.topic, q.payload, q.attempts`;
  },

  /**
   * Adds a periodic entry that is due at once, if there is none with this id. One that waits for its next run is due after
   * `everySeconds` at the latest, because its interval may have become shorter.
   */
  async addPeriodic({ id, topic, everySeconds }: PeriodicQueueEntry): Promise<void> {
    await db.$executeRaw`
      INSERT INTO auth_queue_entry AS q (id, topic, payload) VALUES (${id}::uuid, ${topic}, '{}'::jsonb)
      ON CONFLICT (id) DO UPDATE SET deliver_after = now() + make_interval(secs => ${everySeconds})
      WHERE q.attempts = 0 AND q.deliver_after > now() + make_interval(secs => ${everySeconds})`;
  },

  /** Makes a periodic entry whose work was done due again in `seconds`. */
  async repeat({ id, attempts }: Claim, seconds: number): Promise<void> {
    await db.$executeRaw`
      UPDATE auth_queue_entry SET attempts = 0, deliver_after = now() + make_interval(secs => ${seconds})
      WHERE id = ${id}::uuid AND attempts = ${attempts}`;
  },

  /** Deletes an entry whose work is done. Returns false when another instance has done it. */
  async remove(id: string): Promise<boolean> {
    return (await db.authQueueEntry.deleteMany({ where: { id } })).count === 1;
  },

  /** Records a failure and makes the entry due again in `seconds`. */
  async postpone({ id, attempts }: Claim, failure: string, seconds: number): Promise<void> {
    await db.$executeRaw`
      UPDATE auth_queue_entry SET last_failure = ${failure}, deliver_after = now() + make_interval(secs => ${seconds})
      WHERE id = ${id}::uuid AND attempts = ${attempts}`;
  },

  /** Records a permanent failure: the entry is a dead letter until an operator retries it. */
  async bury({ id, attempts }: Claim, failure: string): Promise<void> {
    await db.$executeRaw`
      UPDATE auth_queue_entry SET last_failure = ${failure}, dead_at = now()
      WHERE id = ${id}::uuid AND attempts = ${attempts}`;
  },

  /** Releases a claimed entry whose work was not done. It is due at once, and the attempt does not count. */
  async release({ id, attempts }: Claim): Promise<void> {
    await db.$executeRaw`
      UPDATE auth_queue_entry SET attempts = attempts - 1, deliver_after = now() WHERE id = ${id}::uuid AND attempts = ${attempts}`;
  },

  /** Counts the waiting and the dead entries, without the periodic ones. */
  async count(): Promise<{ waiting: number; dead: number }> {
    const [row] = await db.$queryRaw<{ waiting: number; dead: number }[]>`
      SELECT count(*) FILTER (WHERE dead_at IS NULL)::int AS waiting, count(dead_at)::int AS dead FROM auth_queue_entry
      WHERE topic NOT LIKE ${PERIODIC_TOPICS}`;
    return row ?? { waiting: 0, dead: 0 };
  },

  /** Lists all entries except the periodic ones, oldest first, in pages: up to `limit` after `after`. */
  async list(limit: number, after: string | null): Promise<QueueEntryRecord[]> {
    const isPeriodic = { topic: { startsWith: PERIODIC_TOPICS.slice(0, -1) } };
    return db.authQueueEntry.findMany({
      where: { NOT: isPeriodic, ...(after === null ? {} : { id: { gt: after } }) },
      orderBy: { id: 'asc' },
      take: limit,
    });
  },

  /**
   * Makes failed entries due at once and resets their attempts: dead letters, and entries that wait after a failure. Affects
   * one entry or, with null, all of them, and returns their number. Claimed entries are skipped, because a second copy of an
   * email would be sent.
   */
  async retry(id: string | null): Promise<number> {
    return db.$executeRaw`
      UPDATE auth_queue_entry SET attempts = 0, last_failure = NULL, dead_at = NULL, deliver_after = now()
      WHERE last_failure IS NOT NULL AND (${id}::uuid IS NULL OR id = ${id}::uuid) AND topic NOT LIKE ${PERIODIC_TOPICS}`;
  },

  /** Counts the entries that each encryption key seals, by topic, including dead letters. */
  async countByEncryptionKey(): Promise<(KeyUse & Pick<QueueEntry, 'topic'>)[]> {
    // Every start waits for this, so the regular expression is evaluated once for each key and not for each entry.
    return db.$queryRaw<(KeyUse & Pick<QueueEntry, 'topic'>)[]>`
      SELECT topic, substring(key FROM '^[A-Za-z0-9_-]{1,64}$') AS "encryptionKey", sum(count)::int AS count
      FROM (SELECT topic, split_part(left(payload ->> 'sealed', 65), '.', 1) AS key, count(*) AS count
            FROM auth_queue_entry WHERE payload ->> 'sealed' IS NOT NULL GROUP BY 1, 2) AS uses
      GROUP BY 1, 2 ORDER BY 1, 2`;
  },

  /** Returns the newest entry that this encryption key seals. */
  async findSealedBy(encryptionKey: string): Promise<SealedEntry | undefined> {
    const [entry] = await db.$queryRaw<SealedEntry[]>`
      SELECT id, topic, payload ->> 'sealed' AS sealed, created_at AS "createdAt" FROM auth_queue_entry
      WHERE starts_with(payload ->> 'sealed', ${encryptionKey} || '.') ORDER BY id DESC LIMIT 1`;
    return entry;
  },

  /** Lists the entries that any other encryption key seals, by id, including dead letters, in pages: up to `limit` after `after`. */
  async listSealedByOthers(encryptionKey: string, limit: number, after: string | null): Promise<SealedEntry[]> {
    return db.$queryRaw<SealedEntry[]>`
      SELECT id, topic, payload ->> 'sealed' AS sealed, created_at AS "createdAt" FROM auth_queue_entry
      WHERE NOT starts_with(payload ->> 'sealed', ${encryptionKey} || '.') AND (${after}::uuid IS NULL OR id > ${after}::uuid)
      ORDER BY id LIMIT ${limit}`;
  },

  /**
   * Replaces the sealed texts of entries that have not changed since they were read, and returns the ids of these entries.
   * Claims, attempts and times stay, so that an instance that has claimed an entry can finish its work.
   */
  async reseal(entries: readonly ResealedText[]): Promise<string[]> {
    const rows = await db.$queryRaw<{ id: string }[]>`
      UPDATE auth_queue_entry q SET payload = jsonb_set(q.payload, '{sealed}', to_jsonb(r.resealed))
      FROM jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) AS r(id uuid, sealed text, resealed text)
      WHERE q.id = r.id AND q.payload ->> 'sealed' = r.sealed
      RETURNING q.id`;
    return rows.map(({ id }) => id);
  },

  /** Deletes up to `limit` entries that have been dead letters for `olderThanSeconds`, and returns their number. */
  async removeDead(limit: number, olderThanSeconds: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM auth_queue_entry WHERE id IN (
        SELECT id FROM auth_queue_entry WHERE dead_at <= now() - make_interval(secs => ${olderThanSeconds})
        ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },
});
