import type { Database } from '../database/database.js';

/** Attempts to enter the password within a session, as rows of `auth_session` count them. */
export const passwordAttempts = (db: Database) => ({
  /**
   * Counts a password attempt in a session, before the password is verified. Returns the number of attempts, or `undefined`
   * when the limit was already reached or the session was revoked.
   */
  async count(sessionId: string, limit: number): Promise<number | undefined> {
    const [row] = await db.$queryRaw<{ attempts: number }[]>`
      UPDATE auth_session SET password_attempts = password_attempts + 1
      WHERE id = ${sessionId}::uuid AND revoked_at IS NULL AND password_attempts < ${limit}
      RETURNING password_attempts AS attempts`;
    return row?.attempts;
  },

  /** Subtracts an attempt that was counted but not made. */
  async uncount(sessionId: string): Promise<void> {
    await db.$executeRaw`UPDATE auth_session SET password_attempts = greatest(password_attempts - 1, 0) WHERE id = ${sessionId}::uuid`;
  },

  /** Resets the attempts after a correct password. A session that was revoked because of wrong passwords stays revoked. */
  async reset(sessionId: string): Promise<void> {
    await db.$executeRaw`UPDATE auth_session SET password_attempts = 0 WHERE id = ${sessionId}::uuid AND revoked_at IS NULL`;
  },

  /** Resets the attempts in every session of a user. */
  async resetAll(userId: string): Promise<void> {
    await db.$executeRaw`
      UPDATE auth_session SET password_attempts = 0
      WHERE user_id = ${userId}::uuid AND password_attempts > 0 AND revoked_at IS NULL`;
  },
});
