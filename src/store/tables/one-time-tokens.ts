import type { Database } from '../database/database.js';
import type { OneTimeToken, OneTimeTokenPurpose } from '../generated/client.js';

/** As much of a token's row as it takes to judge one that was presented. */
export type LiveToken = Pick<OneTimeToken, 'id' | 'digest' | 'emailCanonical' | 'newEmail' | 'userId' | 'signUpId'>;

/** What a token opens; its use is bound to it. */
export type TokenPurpose = OneTimeTokenPurpose;

/** What a new one-time token is bound to. */
export interface NewOneTimeToken {
  readonly id: string;
  readonly purpose: OneTimeTokenPurpose;
  readonly digest: Uint8Array;
  readonly emailCanonical: string;
  readonly newEmail?: string;
  readonly userId: string | null;
  readonly signUpId: string | null;
  readonly ttlSeconds: number;
}

export const oneTimeTokens = (db: Database) => ({
  async create(token: NewOneTimeToken): Promise<void> {
    await db.$executeRaw`
      INSERT INTO one_time_token (id, purpose, digest, email_canonical, new_email, user_id, sign_up_id, expires_at)
      VALUES (${token.id}::uuid, ${token.purpose}::"OneTimeTokenPurpose", ${token.digest}, ${token.emailCanonical},
              ${token.newEmail ?? null}, ${token.userId}::uuid, ${token.signUpId}::uuid, now() + make_interval(secs => ${token.ttlSeconds}))`;
  },

  /** Answers a token that could be used now; looking does not use it up. */
  async peek(id: string, purpose: OneTimeTokenPurpose): Promise<LiveToken | undefined> {
    const [row] = await db.$queryRaw<LiveToken[]>`
      SELECT id, digest, email_canonical AS "emailCanonical", new_email AS "newEmail", user_id AS "userId",
             sign_up_id AS "signUpId"
      FROM one_time_token
      WHERE id = ${id}::uuid AND purpose = ${purpose}::"OneTimeTokenPurpose"
        AND consumed_at IS NULL AND expires_at > now()`;
    return row;
  },

  /** Uses a token up. Of any number of callers at once, one is told true. */
  async consume(id: string, purpose: OneTimeTokenPurpose): Promise<boolean> {
    const consumed = await db.$executeRaw`
      UPDATE one_time_token SET consumed_at = now()
      WHERE id = ${id}::uuid AND purpose = ${purpose}::"OneTimeTokenPurpose"
        AND consumed_at IS NULL AND expires_at > now()`;
    return consumed === 1;
  },

  /** Removes `limit` tokens that are over, used or not, and counts them. */
  async removeOver(limit: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM one_time_token WHERE id IN (
        SELECT id FROM one_time_token WHERE expires_at <= now()
        ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },

  /** Voids the open tokens of one purpose for a user: a newer one is about to be sent. */
  async voidPurpose(userId: string, purpose: OneTimeTokenPurpose): Promise<void> {
    await db.oneTimeToken.deleteMany({ where: { userId, purpose, consumedAt: null } });
  },

  /** Voids the open tokens for a sign-up. */
  async voidSignUp(signUpId: string): Promise<void> {
    await db.oneTimeToken.deleteMany({ where: { signUpId, consumedAt: null } });
  },

  /** The tokens that were sent to a user, without their secrets, the newest first. */
  async listByUser(
    userId: string,
    limit: number,
  ): Promise<Pick<OneTimeToken, 'purpose' | 'createdAt' | 'expiresAt' | 'consumedAt'>[]> {
    const select = { purpose: true, createdAt: true, expiresAt: true, consumedAt: true };
    return db.oneTimeToken.findMany({ where: { userId }, select, orderBy: { id: 'desc' }, take: limit });
  },

  /**
   * Voids whatever was sent to a user and is still open. Before its address is proved the account may be a stranger's, who
   * must not void the link by which its owner proves it; that one stays.
   */
  async voidAll(userId: string): Promise<void> {
    await db.$executeRaw`
      DELETE FROM one_time_token WHERE user_id = ${userId}::uuid AND consumed_at IS NULL
        AND (purpose <> 'VERIFY_EMAIL' OR EXISTS (
          SELECT FROM "user" WHERE id = ${userId}::uuid AND email_verified_at IS NOT NULL))`;
  },
});
