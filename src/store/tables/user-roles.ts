import type { Database } from '../database/database.js';

export const userRoles = (db: Database) => ({
  async grant(userId: string, granted: readonly string[]): Promise<void> {
    await db.authUserRole.createMany({ data: granted.map((role) => ({ userId, role })), skipDuplicates: true });
  },

  async revoke(userId: string, revoked: readonly string[]): Promise<void> {
    await db.authUserRole.deleteMany({ where: { userId, role: { in: [...revoked] } } });
  },

  /**
   * Whether a user has a role. If so, the role cannot be revoked before the transaction ends. The caller has locked the
   * user's row. The role's row is locked too: where REPEATABLE READ is the database's default, a revoked role would
   * otherwise still be visible.
   */
  async hold(userId: string, role: string): Promise<boolean> {
    const rows = await db.$queryRaw<unknown[]>`
      SELECT 1 FROM auth_user_role WHERE user_id = ${userId}::uuid AND role = ${role} FOR SHARE`;
    return rows.length === 1;
  },

  /** Counts the enabled users with a role who have not requested deletion, whether or not they can log in. */
  async countHolders(role: string): Promise<number> {
    return db.authUserRole.count({ where: { role, user: { disabledAt: null, eraseAfter: null } } });
  },

  /**
   * Whether a user with the role can log in and has not requested deletion. The role and the password of that user are
   * locked until the transaction ends.
   */
  async anyHolderCanLogIn(role: string, requireVerifiedEmail: boolean): Promise<boolean> {
    const rows = await db.$queryRaw<unknown[]>`
      SELECT 1 FROM "user" u
        JOIN auth_user_role r ON r.user_id = u.id AND r.role = ${role}
        JOIN auth_password_credential c ON c.user_id = u.id
      WHERE u.disabled_at IS NULL AND u.erase_after IS NULL
        AND (u.email_verified_at IS NOT NULL OR NOT ${requireVerifiedEmail}::boolean)
      LIMIT 1
      FOR KEY SHARE OF r, c`;
    return rows.length === 1;
  },
});
