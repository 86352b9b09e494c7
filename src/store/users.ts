import type { Database } from './database.js';
import type { Prisma, UserOrigin } from './generated/client.js';

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
  readonly createdAt: Date;
  readonly lastLoginAt: Date | null;
  readonly roles: readonly string[];
}

/** What a new user's row holds. `id` is a UUIDv7. */
export interface NewUser {
  readonly id: string;
  readonly email: string;
  readonly emailCanonical: string;
  readonly emailVerified: boolean;
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

export const users = (db: Database) => ({
  async find(id: string): Promise<UserRecord | undefined> {
    const row = await db.user.findUnique({ where: { id }, include: withRoles });
    return row ? toRecord(row) : undefined;
  },

  async findByAddress(emailCanonical: string): Promise<UserRecord | undefined> {
    const row = await db.user.findUnique({ where: { emailCanonical }, include: withRoles });
    return row ? toRecord(row) : undefined;
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
  async create({ emailVerified, roles, passwordHash, ...user }: NewUser): Promise<UserRecord> {
    const row = await db.user.create({
      data: {
        ...user,
        emailVerifiedAt: emailVerified ? new Date() : null,
        roles: { create: roles.map((role) => ({ role })) },
        ...(passwordHash === null ? {} : { passwordCredential: { create: { hash: passwordHash } } }),
      },
      include: withRoles,
    });
    return toRecord(row);
  },

  /** Answers false when the address was verified before. */
  async markVerified(id: string): Promise<boolean> {
    const marked = await db.$executeRaw`
      UPDATE "user" SET email_verified_at = now() WHERE id = ${id}::uuid AND email_verified_at IS NULL`;
    return marked === 1;
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
   * waits for the other and then sees what the other did.
   */
  async lock(id: string): Promise<boolean> {
    const rows = await db.$queryRaw<unknown[]>`SELECT 1 FROM "user" WHERE id = ${id}::uuid FOR UPDATE`;
    return rows.length === 1;
  },

  /**
   * Locks every enabled holder of a role and answers who they are. Two transactions that each take the role from the
   * other's user run one after the other, and the second finds one holder left.
   */
  async lockEnabledHolders(role: string): Promise<string[]> {
    const rows = await db.$queryRaw<{ id: string }[]>`
      SELECT u.id FROM "user" u JOIN user_role r ON r.user_id = u.id
      WHERE r.role = ${role} AND u.disabled_at IS NULL
      ORDER BY u.id
      FOR UPDATE OF u, r`;
    return rows.map(({ id }) => id);
  },
});
