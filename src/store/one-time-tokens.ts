import type { Database } from './database.js';
import type { OneTimeToken, OneTimeTokenPurpose } from './generated/client.js';

/** As much of a token's row as it takes to judge one that was presented. */
export type LiveToken = Pick<OneTimeToken, 'id' | 'digest' | 'signUpId'>;

/** What a new one-time token is bound to. */
export interface NewOneTimeToken {
  readonly id: string;
  readonly purpose: OneTimeTokenPurpose;
  readonly digest: Uint8Array;
  readonly emailCanonical: string;
  readonly userId: string | null;
  readonly signUpId: string | null;
  readonly ttlSeconds: number;
}

export const oneTimeTokens = (db: Database) => ({
  async create(token: NewOneTimeToken): Promise<void> {
    await db.$executeRaw`
      INSERT INTO one_time_token (id, purpose, digest, email_canonical, user_id, sign_up_id, expires_at)
      VALUES (${token.id}::uuid, ${token.purpose}::"OneTimeTokenPurpose", ${token.digest}, ${token.emailCanonical},
              ${token.userId}::uuid, ${token.signUpId}::uuid, now() + make_interval(secs => ${token.ttlSeconds}))`;
  },

  /** Answers a token that could be used now; looking does not use it up. */
  async peek(id: string, purpose: OneTimeTokenPurpose): Promise<LiveToken | undefined> {
    const [row] = await db.$queryRaw<LiveToken[]>`
      SELECT id, digest, sign_up_id AS "signUpId" FROM one_time_token
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

  /** Voids whatever was sent to a user and is still open. */
  async voidAll(userId: string): Promise<void> {
    await db.oneTimeToken.deleteMany({ where: { userId, consumedAt: null } });
  },
});
