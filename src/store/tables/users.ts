import type { PasswordCredentialRecord } from './password-credentials.js';
import type { Database } from '../database/database.js';
import { Prisma, type UserOrigin } from '../generated/client.js';

/** A user's row with its roles, and nothing secret. */
export interface UserRecord {
  readonly id: string;
  readonly email: string;
  readonly emailCanonical: string;
  readonly emailVerifiedAt: Date | null;
  readonly origin: UserOrigin;
  readonly name: string | null;
  readonly locale: string | null;
  readonly disabledAt: Date | null;
  /** When the account is erased, because its owner asked for it. */
  readonly eraseAfter: Date | null;
  readonly createdAt: Date;
  readonly lastLoginAt: Date | null;
  readonly roles: readonly string[];
}

/** A user's row together with its password; null where it has none. */
export interface LoginRecord extends UserRecord {
  readonly credential: PasswordCredentialRecord | null;
}

/** What a new user's row holds. `id` is a UUIDv7. */
export interface NewUser {
  readonly id: string;
  readonly email: string;
  readonly emailCanonical: string;
  readonly emailVerifiedAt: Date | null;
  readonly origin: UserOrigin;
  readonly name: string | null;
  readonly locale: string | null;
  readonly roles: readonly string[];
  readonly passwordHash: string | null;
}

/** One page of users, newest first. `first` rows follow the user with id `after`. */
export interface UserPageQuery {
  readonly first: number;
  readonly after: string | null;
  readonly search: string | null;
}

const withRoles = { roles: { select: { role: true }, orderBy: { role: 'asc' } } } as const satisfies Prisma.UserInclude;

type UserRow = Prisma.UserGetPayload<{ include: typeof withRoles }>;

const toRecord = ({ roles, ...user }: UserRow): UserRecord => ({ ...user, roles: roles.map(({ role }) => role) });

const columns = Prisma.sql`
  u.id, u.email, u.email_canonical AS "emailCanonical", u.email_verified_at AS "emailVerifiedAt", u.origin::text,
  u.name, u.locale, u.disabled_at AS "disabledAt", u.erase_after AS "eraseAfter", u.created_at AS "createdAt", u.last_login_at AS "lastLoginAt",
  ARRAY(SELECT role FROM user_role WHERE user_id = u.id ORDER BY role) AS roles`;

export const users = (db: Database) => ({
  async find(id: string): Promise<UserRecord | undefined> {
    const [row] = await db.$queryRaw<UserRecord[]>`SELECT ${columns} FROM "user" u WHERE u.id = ${id}::uuid`;
    return row;
  },

  async findByAddress(emailCanonical: string): Promise<UserRecord | undefined> {
    const [row] = await db.$queryRaw<UserRecord[]>`
      SELECT ${columns} FROM "user" u WHERE u.email_canonical = ${emailCanonical}`;
    return row;
  },

  /** The user of an address and its password, in one statement whether or not there is one: two would take longer. */
  async findForLogin(emailCanonical: string): Promise<LoginRecord | undefined> {
    const [row] = await db.$queryRaw<LoginRecord[]>`
      SELECT ${columns}, CASE WHEN c.user_id IS NOT NULL
                              THEN jsonb_build_object('hash', c.hash, 'version', c.version) END AS credential
      FROM "user" u LEFT JOIN password_credential c ON c.user_id = u.id
      WHERE u.email_canonical = ${emailCanonical}`;
    return row;
  },

  async list({ first, after, search }: UserPageQuery): Promise<UserRecord[]> {
    const matches: Prisma.UserWhereInput[] = [];
    if (after !== null) matches.push({ id: { lt: after } });
    if (search !== null) {
      const contains = { contains: search.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' } as const;
      matches.push({ OR: [{ email: contains }, { name: contains }] });
    }
    const rows = await db.user.findMany({
      where: { AND: matches },
      include: withRoles,
      orderBy: { id: 'desc' },
      take: first,
    });
    return rows.map(toRecord);
  },

  async any(): Promise<boolean> {
    return (await db.user.findFirst({ select: { id: true } })) !== null;
  },

  /** @throws StoreConflict when the address has an account already */
  async create({ roles, passwordHash, ...user }: NewUser): Promise<UserRecord> {
    const row = await db.user.create({
      data: {
        ...user,
        roles: { create: roles.map((role) => ({ role })) },
        ...(passwordHash === null ? {} : { passwordCredential: { create: { hash: passwordHash } } }),
      },
      include: withRoles,
    });
    return toRecord(row);
  },

  /** Notes that an unverified account's address is proved, and sets name and language; false when it was proved before. */
  async verify(id: string, { name, locale }: Pick<UserRecord, 'name' | 'locale'>): Promise<boolean> {
    const marked = await db.$executeRaw`
      UPDATE "user" SET email_verified_at = now(), name = ${name}, locale = ${locale}
      WHERE id = ${id}::uuid AND email_verified_at IS NULL`;
    return marked === 1;
  },

  /** Notes that the address has been proved; false when it had been before. */
  async markVerified(id: string): Promise<boolean> {
    const marked = await db.$executeRaw`
      UPDATE "user" SET email_verified_at = now() WHERE id = ${id}::uuid AND email_verified_at IS NULL`;
    return marked === 1;
  },

  /** Gives the account another address, which has been proved. @throws StoreConflict when it has an account already */
  async changeEmail(id: string, email: string, emailCanonical: string): Promise<void> {
    await db.$executeRaw`
      UPDATE "user" SET email = ${email}, email_canonical = ${emailCanonical}, email_verified_at = now()
      WHERE id = ${id}::uuid`;
  },

  /** Changes what is given; what is absent stays. */
  async updateProfile(id: string, profile: { name?: string | null; locale?: string | null }): Promise<void> {
    await db.user.updateMany({ where: { id }, data: profile });
  },

  /** Has the account erased in so many seconds, or not at all. */
  async setEraseAfter(id: string, seconds: number | null): Promise<void> {
    await db.$executeRaw`
      UPDATE "user" SET erase_after = now() + make_interval(secs => ${seconds}) WHERE id = ${id}::uuid`;
  },

  /** The ids of users whose time to be erased has come, a page after `after`. */
  async listErasable(after: string, limit: number): Promise<string[]> {
    const rows = await db.$queryRaw<{ id: string }[]>`
      SELECT id FROM "user" WHERE erase_after <= now() AND id > ${after}::uuid ORDER BY id LIMIT ${limit}`;
    return rows.map(({ id }) => id);
  },

  /** Locks a user against everybody, as long as its time to be erased has come and nobody else holds it. */
  async lockErasable(id: string): Promise<UserRecord | undefined> {
    const [row] = await db.$queryRaw<UserRecord[]>`
      SELECT ${columns} FROM "user" u WHERE u.id = ${id}::uuid AND u.erase_after <= now() FOR UPDATE SKIP LOCKED`;
    return row;
  },

  /** Erases the account with all that belongs to it. */
  async remove(id: string): Promise<void> {
    await db.user.deleteMany({ where: { id } });
  },

  /** Answers false when there is no such user or it is disabled. Its row stays locked until the transaction ends. */
  async markLoggedIn(id: string): Promise<boolean> {
    const marked = await db.$executeRaw`
      UPDATE "user" SET last_login_at = now() WHERE id = ${id}::uuid AND disabled_at IS NULL`;
    return marked === 1;
  },

  /** Changes nothing, and answers false, when the user is in that state already. */
  async setDisabled(id: string, disabled: boolean): Promise<boolean> {
    const changed = disabled
      ? await db.$executeRaw`UPDATE "user" SET disabled_at = now() WHERE id = ${id}::uuid AND disabled_at IS NULL`
      : await db.$executeRaw`UPDATE "user" SET disabled_at = NULL WHERE id = ${id}::uuid AND disabled_at IS NOT NULL`;
    return changed === 1;
  },

  async grant(id: string, granted: readonly string[]): Promise<void> {
    await db.userRole.createMany({ data: granted.map((role) => ({ userId: id, role })), skipDuplicates: true });
  },

  async revoke(id: string, revoked: readonly string[]): Promise<void> {
    await db.userRole.deleteMany({ where: { userId: id, role: { in: [...revoked] } } });
  },

  /**
   * Locks a user's row until the transaction ends, so that whoever starts a session for it or takes its rights away
   * waits for the other and then sees what the other did. Not so strong a lock that writing an event about the user,
   * whose foreign key asks for the row, would wait too.
   */
  async lock(id: string): Promise<boolean> {
    const rows = await db.$queryRaw<unknown[]>`SELECT 1 FROM "user" WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
    return rows.length === 1;
  },

  /**
   * Locks several users as `lock` does, and every holder of a role too where one is given. All transactions that lock more
   * than one user do it here, in the order of the ids, so that no two wait for each other.
   */
  async lockAll(ids: readonly string[], withHoldersOf: string | null = null): Promise<void> {
    await db.$queryRaw`
      SELECT 1 FROM "user" WHERE id IN (
        SELECT unnest(${ids}::uuid[]) UNION SELECT user_id FROM user_role WHERE role = ${withHoldersOf})
      ORDER BY id
      FOR NO KEY UPDATE`;
  },

  /**
   * Whether a user has a role, which it keeps until the transaction ends. The row of the role is locked as well as the
   * user's: where REPEATABLE READ is the database's default, a role that was taken away would otherwise still be seen.
   */
  async holdRole(id: string, role: string): Promise<boolean> {
    const rows = await db.$queryRaw<unknown[]>`
      SELECT 1 FROM user_role WHERE user_id = ${id}::uuid AND role = ${role} FOR SHARE`;
    return rows.length === 1;
  },

  /** How many holders of a role are enabled and mean to stay, whether or not they can log in. */
  async countHolders(role: string): Promise<number> {
    return db.userRole.count({ where: { role, user: { disabledAt: null, eraseAfter: null } } });
  },

  /**
   * Whether a holder of a role can log in and is not to be erased. Its role and its password are locked until the
   * transaction ends.
   */
  async anyCanLogIn(role: string, requireVerifiedEmail: boolean): Promise<boolean> {
    const rows = await db.$queryRaw<unknown[]>`
      SELECT 1 FROM "user" u
        JOIN user_role r ON r.user_id = u.id AND r.role = ${role}
        JOIN password_credential c ON c.user_id = u.id
      WHERE u.disabled_at IS NULL AND u.erase_after IS NULL
        AND (u.email_verified_at IS NOT NULL OR NOT ${requireVerifiedEmail}::boolean)
      LIMIT 1
      FOR KEY SHARE OF r, c`;
    return rows.length === 1;
  },
});
