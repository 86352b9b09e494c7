import type { PasswordCredentialRecord } from './password-credentials.js';
import type { Database } from '../database/database.js';
import { Prisma, type AuthUserOrigin } from '../generated/client.js';

/** A user with its roles. Contains no secret. */
export interface UserRecord {
  readonly id: string;
  readonly email: string;
  readonly emailCanonical: string;
  readonly emailVerifiedAt: Date | null;
  readonly origin: AuthUserOrigin;
  readonly name: string | null;
  readonly locale: string | null;
  readonly disabledAt: Date | null;
  /** When the account will be erased, because its owner or an administrator requested it. */
  readonly eraseAfter: Date | null;
  readonly createdAt: Date;
  readonly lastLoginAt: Date | null;
  readonly roles: readonly string[];
}

/** What other users may see of a user. */
export interface UserProfileRecord {
  readonly id: string;
  readonly name: string | null;
}

/** A user and the user's password credential; null when there is none. */
export interface LoginRecord extends UserRecord {
  readonly credential: PasswordCredentialRecord | null;
}

/** A new user. `id` is a UUIDv7. */
export interface NewUser {
  readonly id: string;
  readonly email: string;
  readonly emailCanonical: string;
  /** Whether the address counts as verified from the start. */
  readonly isVerified: boolean;
  readonly origin: AuthUserOrigin;
  readonly name: string | null;
  readonly locale: string | null;
  readonly roles: readonly string[];
  readonly passwordHash: string | null;
}

const ownColumns = Prisma.sql`
  u.id, u.email, u.email_canonical AS "emailCanonical", u.email_verified_at AS "emailVerifiedAt", u.origin::text,
  u.name, u.locale, u.disabled_at AS "disabledAt", u.erase_after AS "eraseAfter", u.created_at AS "createdAt", u.last_login_at AS "lastLoginAt"`;

/** The columns of a `UserRecord`, of the table "user" as `u`. */
export const userColumns = Prisma.sql`${ownColumns}, ARRAY(SELECT role FROM auth_user_role WHERE user_id = u.id ORDER BY role) AS roles`;

const credential = Prisma.sql`
  CASE WHEN c.user_id IS NOT NULL THEN jsonb_build_object('hash', c.hash, 'version', c.version) END AS credential`;

export const users = (db: Database) => ({
  async find(id: string): Promise<UserRecord | undefined> {
    const [row] = await db.$queryRaw<UserRecord[]>`SELECT ${userColumns} FROM "user" u WHERE u.id = ${id}::uuid`;
    return row;
  },

  /** Returns the profiles of those users that exist, in any order. */
  async findProfiles(ids: readonly string[]): Promise<UserProfileRecord[]> {
    return db.$queryRaw<UserProfileRecord[]>`SELECT id, name FROM "user" WHERE id = ANY(${[...ids]}::uuid[])`;
  },

  async findByAddress(emailCanonical: string): Promise<UserRecord | undefined> {
    const [row] = await db.$queryRaw<UserRecord[]>`
      SELECT ${userColumns} FROM "user" u WHERE u.email_canonical = ${emailCanonical}`;
    return row;
  },

  /**
   * Returns the user with this address and the password credential. It is always one statement: the time of a second one
   * would reveal who has an account.
   */
  async findForLogin(emailCanonical: string): Promise<LoginRecord | undefined> {
    const [row] = await db.$queryRaw<LoginRecord[]>`
      SELECT ${userColumns}, ${credential}
      FROM "user" u LEFT JOIN auth_password_credential c ON c.user_id = u.id
      WHERE u.email_canonical = ${emailCanonical}`;
    return row;
  },

  /** Returns a user and the password credential, in one statement. */
  async findWithCredential(id: string): Promise<LoginRecord | undefined> {
    const [row] = await db.$queryRaw<LoginRecord[]>`
      SELECT ${userColumns}, ${credential}
      FROM "user" u LEFT JOIN auth_password_credential c ON c.user_id = u.id
      WHERE u.id = ${id}::uuid`;
    return row;
  },

  async any(): Promise<boolean> {
    return (await db.user.findFirst({ select: { id: true } })) !== null;
  },

  /** @throws StoreConflict when the address has an account already */
  async create(user: NewUser): Promise<UserRecord> {
    const [row] = await db.$queryRaw<UserRecord[]>`
      WITH u AS (
        INSERT INTO "user" (id, email, email_canonical, email_verified_at, origin, name, locale)
        VALUES (${user.id}::uuid, ${user.email}, ${user.emailCanonical},
                CASE WHEN ${user.isVerified}::boolean THEN now() END, ${user.origin}::auth_user_origin, ${user.name},
                ${user.locale})
        RETURNING *),
      r AS (
        INSERT INTO auth_user_role (user_id, role) SELECT u.id, unnest(${user.roles}::text[]) FROM u RETURNING role),
      c AS (
        INSERT INTO auth_password_credential (user_id, hash)
        SELECT u.id, ${user.passwordHash} FROM u WHERE ${user.passwordHash}::text IS NOT NULL)
      SELECT ${ownColumns}, ARRAY(SELECT role FROM r ORDER BY role) AS roles FROM u`;
    if (!row) throw new Error('INSERT INTO "user" returned no row');
    return row;
  },

  /** Marks the address as verified, and sets name and language. Returns false, without a change, if it was verified before. */
  async verify(id: string, { name, locale }: Pick<UserRecord, 'name' | 'locale'>): Promise<boolean> {
    const marked = await db.$executeRaw`
      UPDATE "user" SET email_verified_at = now(), name = ${name}, locale = ${locale}
      WHERE id = ${id}::uuid AND email_verified_at IS NULL`;
    return marked === 1;
  },

  /** Marks the address as verified. Returns false if it was verified before. */
  async markVerified(id: string): Promise<boolean> {
    const marked = await db.$executeRaw`
      UPDATE "user" SET email_verified_at = now() WHERE id = ${id}::uuid AND email_verified_at IS NULL`;
    return marked === 1;
  },

  /** Gives the account another, verified address. @throws StoreConflict when another account has it */
  async changeEmail(id: string, email: string, emailCanonical: string): Promise<void> {
    await db.$executeRaw`
      UPDATE "user" SET email = ${email}, email_canonical = ${emailCanonical}, email_verified_at = now()
      WHERE id = ${id}::uuid`;
  },

  /** Changes the given fields. */
  async updateProfile(id: string, profile: { name?: string | null; locale?: string | null }): Promise<void> {
    await db.user.updateMany({ where: { id }, data: profile });
  },

  /**
   * Schedules the erasure of the account in so many seconds, rounded down, so that 0 is never in the future. Returns false,
   * without a change, if it is scheduled for that time or an earlier one. An account that is due therefore stays due: its
   * erasure takes several transactions, and may have begun.
   */
  async scheduleErasure(id: string, seconds: number): Promise<boolean> {
    const eraseAfter = Prisma.sql`date_trunc('milliseconds', now()) + make_interval(secs => ${seconds})`;
    const scheduled = await db.$executeRaw`
      UPDATE "user" SET erase_after = ${eraseAfter} WHERE id = ${id}::uuid AND (erase_after > ${eraseAfter}) IS NOT FALSE`;
    return scheduled === 1;
  },

  /** Cancels the erasure of the account. Returns false when none is scheduled, or the account is due. */
  async cancelErasure(id: string): Promise<boolean> {
    const cancelled = await db.$executeRaw`
      UPDATE "user" SET erase_after = NULL WHERE id = ${id}::uuid AND erase_after > now()`;
    return cancelled === 1;
  },

  /** Lists the ids of users that are due to be erased, in pages: up to `limit` after `after`. */
  async listErasable(after: string, limit: number): Promise<string[]> {
    const rows = await db.$queryRaw<{ id: string }[]>`
      SELECT id FROM "user" WHERE erase_after <= now() AND id > ${after}::uuid ORDER BY id LIMIT ${limit}`;
    return rows.map(({ id }) => id);
  },

  /**
   * Locks and returns a user that is due to be erased; `undefined` if it is not.
   *
   * @param whenLocked whether to wait while another transaction holds the row, or to return `undefined`
   */
  async lockErasable(id: string, whenLocked: 'wait' | 'skip'): Promise<UserRecord | undefined> {
    const skip = whenLocked === 'skip' ? Prisma.sql`SKIP LOCKED` : Prisma.empty;
    const [row] = await db.$queryRaw<UserRecord[]>`
      SELECT ${userColumns} FROM "user" u WHERE u.id = ${id}::uuid AND u.erase_after <= now() FOR UPDATE ${skip}`;
    return row;
  },

  /** Deletes the account with everything that belongs to it. */
  async remove(id: string): Promise<void> {
    await db.user.deleteMany({ where: { id } });
  },

  /**
   * Records a login and returns the user, or `undefined` when the user does not exist, is disabled, is due to be erased
   * or has changed the password since `passwordVersion`. The caller has locked the row, so the result stays true until the transaction ends.
   * The credential is locked too: where REPEATABLE READ is the database's default, an older version would otherwise still
   * be seen.
   */
  async markLoggedIn(id: string, passwordVersion: number): Promise<UserRecord | undefined> {
    const [row] = await db.$queryRaw<UserRecord[]>`
      UPDATE "user" u SET last_login_at = now()
      WHERE u.id = ${id}::uuid AND u.disabled_at IS NULL AND (u.erase_after > now()) IS NOT FALSE AND EXISTS (
        SELECT FROM auth_password_credential c WHERE c.user_id = u.id AND c.version = ${passwordVersion} FOR SHARE)
      RETURNING ${userColumns}`;
    return row;
  },

  /** Returns false when the user is already in that state. */
  async setDisabled(id: string, disabled: boolean): Promise<boolean> {
    const changed = disabled
      ? await db.$executeRaw`UPDATE "user" SET disabled_at = now() WHERE id = ${id}::uuid AND disabled_at IS NULL`
      : await db.$executeRaw`UPDATE "user" SET disabled_at = NULL WHERE id = ${id}::uuid AND disabled_at IS NOT NULL`;
    return changed === 1;
  },

  /**
   * Locks a user's row until the transaction ends. Returns false when there is no such user. A transaction that starts a
   * session and one that takes rights away thus wait for each other, and the second sees the changes of the first. The lock
   * is weak enough that the insert of an event about the user, whose foreign key locks the row for key share, does not wait.
   */
  async lock(id: string): Promise<boolean> {
    const rows = await db.$queryRaw<unknown[]>`SELECT 1 FROM "user" WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
    return rows.length === 1;
  },

  /**
   * Locks several users as `lock` does, and every user with the role `withHoldersOf`. Every transaction that locks more than
   * one user uses this function, which locks in the order of the ids, so that no two transactions deadlock.
   */
  async lockAll(ids: readonly string[], withHoldersOf: string | null = null): Promise<void> {
    await db.$queryRaw`
      SELECT 1 FROM "user" WHERE id IN (
        SELECT unnest(${ids}::uuid[]) UNION SELECT user_id FROM auth_user_role WHERE role = ${withHoldersOf})
      ORDER BY id
      FOR NO KEY UPDATE`;
  },
});
