import type { Database } from '../database/database.js';

/** A password as it is stored: a PHC string or bcrypt's, and how often the password was changed. */
export interface PasswordCredentialRecord {
  readonly hash: string;
  readonly version: number;
}

/** A scheme with its parameters, as `$argon2id$v=19$m=19456,t=2,p=1` or `$2b$12`, and how many passwords are stored under it. */
export interface ParameterSet {
  readonly head: string;
  readonly count: number;
}

export const passwordCredentials = (db: Database) => ({
  async find(userId: string): Promise<PasswordCredentialRecord | undefined> {
    const row = await db.passwordCredential.findUnique({ where: { userId }, select: { hash: true, version: true } });
    return row ?? undefined;
  },

  /**
   * The schemes and parameters under which passwords are stored, as the heads of their hashes, and how many of each there
   * are. Of bcrypt, salt and digest are one field, and of the others two. Reads the whole table; a regular expression
   * would take five times as long.
   */
  async parameterSets(): Promise<ParameterSet[]> {
    return db.$queryRaw<ParameterSet[]>`
      SELECT head, count(*)::int AS count
      FROM (SELECT CASE WHEN hash LIKE '$2b$%' THEN left(hash, 6)
                        ELSE left(hash, -length(split_part(hash, '$', -2) || split_part(hash, '$', -1)) - 2)
                   END AS head FROM password_credential) AS stored
      GROUP BY head ORDER BY head`;
  },

  /** The hashes of users, by the user's id. */
  async hashesOf(userIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await db.passwordCredential.findMany({
      where: { userId: { in: [...userIds] } },
      select: { userId: true, hash: true },
    });
    return new Map(rows.map(({ userId, hash }) => [userId, hash]));
  },

  /** What may be told of a password: its scheme with its parameters, and when it was set. */
  async describe(userId: string): Promise<{ scheme: string; changedAt: Date } | undefined> {
    const [row] = await db.$queryRaw<{ scheme: string; changedAt: Date }[]>`
      SELECT substring(hash from '^(.*)[$][^$]*[$][^$]*$') AS scheme, changed_at AS "changedAt"
      FROM password_credential WHERE user_id = ${userId}::uuid`;
    return row;
  },

  /** Replaces the password, whatever it was. */
  async set(userId: string, hash: string): Promise<void> {
    await db.$executeRaw`
      INSERT INTO password_credential (user_id, hash) VALUES (${userId}::uuid, ${hash})
      ON CONFLICT (user_id) DO UPDATE
      SET hash = excluded.hash, version = password_credential.version + 1, changed_at = now()`;
  },

  /** Replaces the password if it is still the one of `version`; of two changes at once one takes. */
  async change(userId: string, version: number, hash: string): Promise<boolean> {
    const changed = await db.$executeRaw`
      UPDATE password_credential SET hash = ${hash}, version = version + 1, changed_at = now()
      WHERE user_id = ${userId}::uuid AND version = ${version}`;
    return changed === 1;
  },

  /** Stores the same password under today's parameters; the version stays. */
  async rehash(userId: string, version: number, hash: string): Promise<void> {
    await db.passwordCredential.updateMany({ where: { userId, version }, data: { hash } });
  },

  /**
   * Whether the password is still the one of `version`. Every change of a password locks the user's row first, so a
   * transaction that holds that lock reads what stays true until it ends.
   */
  async isCurrent(userId: string, version: number): Promise<boolean> {
    return (await db.passwordCredential.findFirst({ where: { userId, version }, select: { userId: true } })) !== null;
  },
});
