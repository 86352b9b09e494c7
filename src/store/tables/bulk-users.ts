import type { Database } from '../database/database.js';
import type { UserRecord } from './users.js';

/** A user from another system. `id` is a UUIDv7; `passwordHash` is null when the user has no password. */
export interface ImportedUser extends Pick<UserRecord, 'id' | 'email' | 'emailCanonical' | 'name' | 'locale'> {
  readonly createdAt: Date;
  readonly verified: boolean;
  readonly disabled: boolean;
  readonly roles: readonly string[];
  readonly passwordHash: string | null;
}

/** The exported columns of a user. The password hash is read separately. */
export type ExportedUser = Pick<
  UserRecord,
  'id' | 'email' | 'emailVerifiedAt' | 'name' | 'locale' | 'disabledAt' | 'createdAt' | 'roles'
>;

export const bulkUsers = (db: Database) => ({
  /**
   * Adds users with their roles and passwords in one statement and returns the canonical addresses of those that were added.
   * A user whose address or id exists is skipped. Rows are inserted in the order of their addresses, so that concurrent
   * imports cannot deadlock.
   */
  async add(users: readonly ImportedUser[]): Promise<string[]> {
    const rows = await db.$queryRaw<{ emailCanonical: string }[]>`
      WITH arriving AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(users)}::jsonb) AS a(
          id uuid, email text, "emailCanonical" text, verified boolean, name text, locale text, disabled boolean,
          "createdAt" timestamptz, roles text[], "passwordHash" text)
      ), added AS (
        INSERT INTO "user" (id, email, email_canonical, email_verified_at, origin, name, locale, disabled_at, created_at)
        SELECT id, email, "emailCanonical", CASE WHEN verified THEN now() END, 'IMPORT', name, locale,
               CASE WHEN disabled THEN now() END, "createdAt"
        FROM arriving ORDER BY "emailCanonical"
        ON CONFLICT DO NOTHING
        RETURNING id, email_canonical AS "emailCanonical"
      ), granted AS (
        INSERT INTO auth_user_role (user_id, role)
        SELECT id, unnest(roles) FROM added JOIN arriving USING (id, "emailCanonical")
      ), hashed AS (
        INSERT INTO auth_password_credential (user_id, hash)
        SELECT id, "passwordHash" FROM added JOIN arriving USING (id, "emailCanonical")
        WHERE "passwordHash" IS NOT NULL
      )
      SELECT "emailCanonical" FROM added`;
    return rows.map(({ emailCanonical }) => emailCanonical);
  },

  /** Finds the users that have one of these addresses or ids. */
  async findTaken(
    emailCanonicals: readonly string[],
    ids: readonly string[],
  ): Promise<Pick<UserRecord, 'id' | 'emailCanonical'>[]> {
    return db.user.findMany({
      where: { OR: [{ emailCanonical: { in: [...emailCanonicals] } }, { id: { in: [...ids] } }] },
      select: { id: true, emailCanonical: true },
    });
  },

  /** Lists users by id, starting after `after`. Users with a pending deletion are left out. */
  async page(first: number, after: string | null): Promise<ExportedUser[]> {
    const rows = await db.user.findMany({
      where: { eraseAfter: null, ...(after === null ? {} : { id: { gt: after } }) },
      select: {
        id: true,
        email: true,
        emailVerifiedAt: true,
        name: true,
        locale: true,
        disabledAt: true,
        createdAt: true,
        roles: { select: { role: true }, orderBy: { role: 'asc' } },
      },
      orderBy: { id: 'asc' },
      take: first,
    });
    return rows.map(({ roles, ...user }) => ({ ...user, roles: roles.map(({ role }) => role) }));
  },
});
