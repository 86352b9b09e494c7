import type { Database } from '../database/database.js';

/** A stored password: a PHC string or a bcrypt hash, and a version that counts the changes of the password. */
export interface PasswordCredentialRecord {
  readonly hash: string;
  readonly version: number;
}

/** A scheme with its parameters, such as `$argon2id$v=19$m=19456,t=2,p=1` or `$2b$12`, and the number of passwords that use it. */
export interface ParameterSet {
  readonly head: string;
  readonly count: number;
}

export const passwordCredentials = (db: Database) => ({
  async find(userId: string): Promise<PasswordCredentialRecord | undefined> {
    const row = await db.authPasswordCredential.findUnique({
      where: { userId },
      select: { hash: true, version: true },
    });
    return row ?? undefined;
  },

  /**
   * Counts the stored passwords by scheme and parameters, which are the head of the hash. In a bcrypt hash, salt and digest
   * are one field; in the others they are two. Reads the whole table: a regular expression would take five times as long.
   */
  async parameterSets(): Promise<ParameterSet[]> {
    return db.$queryRaw<ParameterSet[]>`
      SELECT head, count(*)::int AS count
      FROM (SELECT CASE WHEN hash LIKE '$2b$%' THEN left(hash, 6)
                        ELSE left(hash, -length(split_part(hash, '$', -2) || split_part(hash, '$', -1)) - 2)
                   END AS head FROM auth_password_credential) AS stored
      GROUP BY head ORDER BY head`;
  },

  /** Returns the hashes of users, keyed by user id. */
  async hashesOf(userIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await db.authPasswordCredential.findMany({
      where: { userId: { in: [...userIds] } },
      select: { userId: true, hash: true },
    });
    return new Map(rows.map(({ userId, hash }) => [userId, hash]));
  },

  /** Returns the part of a password that may be disclosed: scheme, parameters and the time of its last change. */
  async describe(userId: string): Promise<{ scheme: string; changedAt: Date } | undefined> {
    const [row] = await db.$queryRaw<{ scheme: string; changedAt: Date }[]>`
      SELECT substring(hash from '^(.*)[$][^$]*[$][^$]*$') AS scheme, changed_at AS "changedAt"
      FROM auth_password_credential WHERE user_id = ${userId}::uuid`;
    return row;
  },

  /** Sets the password, whether or not the user has one. */
  async set(userId: string, hash: string): Promise<void> {
    await db.$executeRaw`
      INSERT INTO auth_password_credential (user_id, hash) VALUES (${userId}::uuid, ${hash})
      ON CONFLICT (user_id) DO UPDATE
      SET hash = excluded.hash, version = auth_password_credential.version + 1, changed_at = now()`;
  },

  /** Replaces the password if it is still at `version`. Of two concurrent changes only one succeeds. */
  async change(userId: string, version: number, hash: string): Promise<boolean> {
    const changed = await db.$executeRaw`
      UPDATE auth_password_credential SET hash = ${hash}, version = version + 1, changed_at = now()
      WHERE user_id = ${userId}::uuid AND version = ${version}`;
    return changed === 1;
  },

  /** Replaces the hash by one of the same password under the current parameters. The version does not change. */
  async rehash(userId: string, version: number, hash: string): Promise<void> {
    await db.authPasswordCredential.updateMany({ where: { userId, version }, data: { hash } });
  },

  /**
   * Whether the password is still the one of `version`. The caller has locked the user's row. The credential is locked too:
   * where REPEATABLE READ is the database's default, an older version would otherwise still be seen.
   */
  async isCurrent(userId: string, version: number): Promise<boolean> {
    const rows = await db.$queryRaw<unknown[]>`
      SELECT 1 FROM auth_password_credential WHERE user_id = ${userId}::uuid AND version = ${version} FOR SHARE`;
    return rows.length === 1;
  },
});
