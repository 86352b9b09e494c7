import type { Database } from '../database/database.js';
import type { AuthOneTimeToken, AuthOneTimeTokenPurpose } from '../generated/client.js';

/** The columns that are needed to verify a presented token. */
export type LiveToken = Pick<AuthOneTimeToken, 'id' | 'digest' | 'emailCanonical' | 'newEmail' | 'userId' | 'signUpId'>;

/** The only action that a token authorizes. */
export type TokenPurpose = AuthOneTimeTokenPurpose;

/** A new one-time token. A CHECK states which of `newEmail`, `userId` and `signUpId` belong to which purpose. */
export interface NewOneTimeToken {
  readonly id: string;
  readonly purpose: TokenPurpose;
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
      INSERT INTO auth_one_time_token (id, purpose, digest, email_canonical, new_email, user_id, sign_up_id, expires_at)
      VALUES (${token.id}::uuid, ${token.purpose}::auth_one_time_token_purpose, ${token.digest}, ${token.emailCanonical},
              ${token.newEmail ?? null}, ${token.userId}::uuid, ${token.signUpId}::uuid, now() + make_interval(secs => ${token.ttlSeconds}))`;
  },

  /** Returns a token that is neither used nor expired, without consuming it. */
  async peek(id: string, purpose: TokenPurpose): Promise<LiveToken | undefined> {
    const [row] = await db.$queryRaw<LiveToken[]>`
      SELECT id, digest, email_canonical AS "emailCanonical", new_email AS "newEmail", user_id AS "userId",
             sign_up_id AS "signUpId"
      FROM auth_one_time_token
      WHERE id = ${id}::uuid AND purpose = ${purpose}::auth_one_time_token_purpose
        AND consumed_at IS NULL AND expires_at > now()`;
    return row;
  },

  /** Consumes a token. Of any number of concurrent callers exactly one gets true. */
  async consume(id: string, purpose: TokenPurpose): Promise<boolean> {
    const consumed = await db.$executeRaw`
      UPDATE auth_one_time_token SET consumed_at = now()
      WHERE id = ${id}::uuid AND purpose = ${purpose}::auth_one_time_token_purpose
        AND consumed_at IS NULL AND expires_at > now()`;
    return consumed === 1;
  },

  /** Deletes up to `limit` expired tokens, used or not, and returns their number. */
  async removeExpired(limit: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM auth_one_time_token WHERE id IN (
        SELECT id FROM auth_one_time_token WHERE expires_at <= now()
        ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },

  /** Deletes a user's unused tokens of one purpose, before a newer one is sent. */
  async voidPurpose(userId: string, purpose: TokenPurpose): Promise<void> {
    await db.authOneTimeToken.deleteMany({ where: { userId, purpose, consumedAt: null } });
  },

  /** Deletes the unused tokens of a sign-up. */
  async voidSignUp(signUpId: string): Promise<void> {
    await db.authOneTimeToken.deleteMany({ where: { signUpId, consumedAt: null } });
  },

  /** Lists the tokens that were sent to a user, newest first, without digests. */
  async listByUser(
    userId: string,
    limit: number,
  ): Promise<Pick<AuthOneTimeToken, 'purpose' | 'createdAt' | 'expiresAt' | 'consumedAt'>[]> {
    const select = { purpose: true, createdAt: true, expiresAt: true, consumedAt: true };
    return db.authOneTimeToken.findMany({ where: { userId }, select, orderBy: { id: 'desc' }, take: limit });
  },

  /**
   * Deletes a user's unused tokens. An account whose address is not verified may belong to a stranger, who must not be able
   * to void the link with which the owner of the address verifies it: that link stays.
   */
  async voidAll(userId: string): Promise<void> {
    await db.$executeRaw`
      DELETE FROM auth_one_time_token WHERE user_id = ${userId}::uuid AND consumed_at IS NULL
        AND (purpose <> 'VERIFY_EMAIL' OR EXISTS (
          SELECT FROM "user" WHERE id = ${userId}::uuid AND email_verified_at IS NOT NULL))`;
  },
});
