import type { Database } from '../database/database.js';
import type { AuthDeviceToken } from '../generated/client.js';

/** A live device token, and the account that it belongs to. */
export interface DeviceToken {
  readonly id: string;
  readonly digest: Uint8Array;
  readonly emailCanonical: string;
}

export const deviceTokens = (db: Database) => ({
  /** Returns a token that is not expired and with which fewer than `failuresMax` wrong passwords were sent. */
  async find(id: string, failuresMax: number): Promise<DeviceToken | undefined> {
    const [row] = await db.$queryRaw<DeviceToken[]>`
      SELECT t.id, t.digest, u.email_canonical AS "emailCanonical"
      FROM auth_device_token AS t JOIN "user" AS u ON u.id = t.user_id
      WHERE t.id = ${id}::uuid AND t.failures < ${failuresMax} AND t.expires_at > now()`;
    return row;
  },

  /** Counts a wrong password that was sent with a token. */
  async countFailure(id: string): Promise<void> {
    await db.$executeRaw`UPDATE auth_device_token SET failures = failures + 1 WHERE id = ${id}::uuid`;
  },

  /**
   * Creates a token of a user in place of the one that the device had, and deletes the oldest ones beyond `keep`.
   *
   * @param replaced the token that the device presented; it is deleted only if its digest matches and it is the user's
   */
  async create(
    token: { readonly id: string; readonly userId: string; readonly digest: Uint8Array; readonly ttlSeconds: number },
    replaced: { readonly id: string; readonly digest: Uint8Array } | undefined,
    keep: number,
  ): Promise<void> {
    const { id, userId, digest, ttlSeconds } = token;
    await db.$executeRaw`
      WITH created AS (
        INSERT INTO auth_device_token (id, user_id, digest, expires_at)
        VALUES (${id}::uuid, ${userId}::uuid, ${digest}, now() + make_interval(secs => ${ttlSeconds})))
      DELETE FROM auth_device_token WHERE user_id = ${userId}::uuid AND (
        (id = ${replaced?.id ?? null}::uuid AND digest = ${replaced?.digest ?? null}::bytea)
        OR id IN (
          SELECT id FROM auth_device_token WHERE user_id = ${userId}::uuid
          ORDER BY created_at DESC, id DESC OFFSET ${keep - 1}))`;
  },

  /** Lists the tokens of a user, newest first, without digests. */
  async listByUser(
    userId: string,
    limit: number,
  ): Promise<Pick<AuthDeviceToken, 'failures' | 'createdAt' | 'expiresAt'>[]> {
    const select = { failures: true, createdAt: true, expiresAt: true };
    return db.authDeviceToken.findMany({ where: { userId }, select, orderBy: { id: 'desc' }, take: limit });
  },

  /** Deletes all tokens of a user. */
  async removeAll(userId: string): Promise<void> {
    await db.authDeviceToken.deleteMany({ where: { userId } });
  },

  /** Deletes up to `limit` expired tokens and returns their number. */
  async removeExpired(limit: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM auth_device_token WHERE id IN (
        SELECT id FROM auth_device_token WHERE expires_at <= now()
        ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },
});
