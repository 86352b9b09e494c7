import type { Database } from '../database/database.js';
import { Prisma } from '../generated/client.js';
import { userColumns, type UserRecord } from './users.js';

/** The conditions that a listed user meets, all of them; null where there is no condition. */
export interface UserFilter {
  /** The beginning of the canonical address or of the name. */
  readonly search: { readonly address: string; readonly name: string } | null;
  readonly role: string | null;
  readonly disabled: boolean | null;
  readonly emailVerified: boolean | null;
}

/** The users between two ids, in the order of the list, which is newest first. */
export interface UserRange {
  readonly after: string | null;
  readonly before: string | null;
  /** Whether the users with these ids belong to the range too; false by default. */
  readonly includesCursors?: boolean;
}

/** Up to `limit` users of a range: those at its beginning, or those at its end. */
export interface UserPageQuery {
  readonly filter: UserFilter;
  readonly range: UserRange;
  readonly from: 'beginning' | 'end';
  readonly limit: number;
}

/**
 * A search reads this many users in the order of the list before it reads the indexes on what it searches for. If matches are
 * frequent, a page of them is among these users. If they are rare, the indexes have few.
 *
 * Neither way alone is fast for every search, and the planner cannot tell which one is: it knows how many users match, but
 * not where in the list they are. The users of an import may have consecutive addresses.
 */
const NEAREST_USERS = 2_000;

export const userPages = (db: Database) => ({
  /** Lists users in the order of the list. */
  async list(query: UserPageQuery): Promise<UserRecord[]> {
    const { search } = query.filter;
    const users = await (search ? findMatches(db, query, search) : db.$queryRaw<UserRecord[]>(listStatement(query)));
    return query.from === 'end' ? users.reverse() : users;
  },

  /** Counts users up to `limit`. */
  async count(filter: UserFilter, limit: number): Promise<number> {
    const where = allOf([...conditionsOf(filter, everyone), ...(filter.search ? [matches(filter.search)] : [])]);
    const [row] = await db.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM (SELECT FROM "user" u WHERE ${where} LIMIT ${limit}) AS counted`;
    return row?.count ?? 0;
  },
});

type Search = NonNullable<UserFilter['search']>;

const everyone: UserRange = { after: null, before: null };

/**
 * The conditions except the search, each of which has an index in the order of the list. The range is stated for the roles
 * too: the planner does not conclude it, and would read the roles of all users outside the range.
 */
const conditionsOf = (filter: UserFilter, range: UserRange): Prisma.Sql[] => [
  ...(filter.role === null
    ? []
    : [
        Prisma.sql`u.id IN (
          SELECT user_id FROM auth_user_role
          WHERE ${allOf([Prisma.sql`role = ${filter.role}`, ...rangeConditions(Prisma.sql`user_id`, range)])})`,
      ]),
  ...flagConditions(filter),
  ...rangeConditions(Prisma.sql`u.id`, range),
];

const flagConditions = ({ disabled, emailVerified }: Pick<UserFilter, 'disabled' | 'emailVerified'>): Prisma.Sql[] => [
  ...(disabled === null ? [] : [disabled ? Prisma.sql`u.disabled_at IS NOT NULL` : Prisma.sql`u.disabled_at IS NULL`]),
  ...(emailVerified === null
    ? []
    : [emailVerified ? Prisma.sql`u.email_verified_at IS NOT NULL` : Prisma.sql`u.email_verified_at IS NULL`]),
];

const rangeConditions = (id: Prisma.Sql, { after, before, includesCursors = false }: UserRange): Prisma.Sql[] => {
  const orEqual = includesCursors ? Prisma.sql`=` : Prisma.empty;
  return [
    ...(after === null ? [] : [Prisma.sql`${id} <${orEqual} ${after}::uuid`]),
    ...(before === null ? [] : [Prisma.sql`${id} >${orEqual} ${before}::uuid`]),
  ];
};

const allOf = (conditions: readonly Prisma.Sql[]): Prisma.Sql =>
  conditions.length === 0 ? Prisma.sql`true` : Prisma.join([...conditions], ' AND ');

const escapePattern = (text: string) => text.replace(/[\\%_]/g, '\\$&');

const addressMatches = (address: string) => Prisma.sql`u.email_canonical LIKE ${`${escapePattern(address)}%`}`;

const nameMatches = (name: string) => Prisma.sql`u.name_folded LIKE auth_fold_name(${`${escapePattern(name)}%`})`;

const matches = ({ address, name }: Search) => Prisma.sql`(${addressMatches(address)} OR ${nameMatches(name)})`;

const directionOf = ({ from }: UserPageQuery) => (from === 'beginning' ? Prisma.sql`DESC` : Prisma.sql`ASC`);

const listStatement = (query: UserPageQuery): Prisma.Sql => Prisma.sql`
  SELECT ${userColumns} FROM "user" u
  WHERE ${allOf(conditionsOf(query.filter, query.range))}
  ORDER BY u.id ${directionOf(query)} LIMIT ${query.limit}`;

const findMatches = async (db: Database, query: UserPageQuery, search: Search): Promise<UserRecord[]> => {
  const near = await db.$queryRaw<UserRecord[]>(nearStatement(query, search));
  if (near.length === query.limit) return near;
  const indexed = await db.$queryRaw<UserRecord[]>(indexStatement(query, search));
  return indexed.length === 0 ? near : indexed;
};

/** Finds matches among the nearest users that meet the other conditions. It stops at the last match of the page. */
const nearStatement = (query: UserPageQuery, search: Search): Prisma.Sql => Prisma.sql`
  SELECT ${userColumns} FROM "user" u JOIN (
    SELECT id FROM (
      SELECT u.id, ${matches(search)} AS "isMatch" FROM "user" u
      WHERE ${allOf(conditionsOf(query.filter, query.range))}
      ORDER BY u.id ${directionOf(query)} LIMIT ${NEAREST_USERS}
    ) AS nearest
    WHERE "isMatch" LIMIT ${query.limit}
  ) AS near ON near.id = u.id
  ORDER BY u.id ${directionOf(query)}`;

/**
 * Finds matches by the indexes, unless the nearest users are all users that meet the other conditions. The rows of matches
 * are read one after the other until the page is complete. OFFSET 0 keeps the planner from reading them all first.
 */
const indexStatement = (query: UserPageQuery, search: Search): Prisma.Sql => {
  const { filter, range } = query;
  const direction = directionOf(query);
  const ids = rangeConditions(Prisma.sql`u.id`, range);
  const conditions = [
    ...flagConditions(filter),
    ...(filter.role === null
      ? []
      : [Prisma.sql`EXISTS (SELECT FROM auth_user_role WHERE user_id = u.id AND role = ${filter.role})`]),
  ];
  return Prisma.sql`
    WITH matching AS MATERIALIZED (
      SELECT u.id FROM "user" u WHERE ${allOf([addressMatches(search.address), ...ids])}
      UNION
      SELECT u.id FROM "user" u WHERE ${allOf([nameMatches(search.name), ...ids])}
    )
    SELECT u.* FROM (
      SELECT id FROM matching
      WHERE (SELECT count(*) FROM (
        SELECT FROM "user" u WHERE ${allOf(conditionsOf(filter, range))} LIMIT ${NEAREST_USERS}
      ) AS nearest) = ${NEAREST_USERS}
      ORDER BY id ${direction} OFFSET 0
    ) AS m CROSS JOIN LATERAL (
      SELECT ${userColumns} FROM "user" u WHERE ${allOf([Prisma.sql`u.id = m.id`, ...conditions])} OFFSET 0
    ) AS u
    ORDER BY m.id ${direction} LIMIT ${query.limit}`;
};
