import type { Database } from '../database/database.js';
import { Prisma, type Session } from '../generated/client.js';

/** A session's row. */
export type SessionRecord = Session;

/** What a new session holds. Its ends are counted by the database's clock, from now. */
export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  readonly amr: readonly string[];
  readonly authTime: Date;
  readonly device: string | null;
  readonly network: string | null;
  readonly userAgent: string | null;
  readonly idleTtlSeconds: number;
  readonly absoluteTtlSeconds: number;
}

/** Who stands behind an access token at this moment. */
export interface Principal {
  readonly userId: string;
  readonly roles: readonly string[];
  readonly confirmedGeneration: number;
  /** Until the session ends; 0 when it was revoked or its user is disabled. */
  readonly secondsLeft: number;
  readonly secondsSinceSeen: number;
}

/** A session together with the roles its user has now. */
export type SessionWithRoles = SessionRecord & { readonly roles: readonly string[] };

/** What the row says about a refresh token that did not rotate. */
export interface RefreshState extends SessionWithRoles {
  /** Neither revoked nor over, and the user is enabled. */
  readonly live: boolean;
  /** Seconds since the last rotation, by the database's clock. */
  readonly secondsSinceRotation: number;
}

/** From where a refresh comes. */
export interface RefreshOrigin {
  readonly network: string | null;
  readonly userAgent: string | null;
}

/** The sessions that one statement ended. */
export interface RevokedSessions {
  readonly count: number;
  /** The id of one of them; null when there are none. */
  readonly firstId: string | null;
}

/** More sessions than anybody looks at; and than a page of them should cost the server. */
const LIST_MAX = 100;

const live = Prisma.sql`s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now() AND u.disabled_at IS NULL`;

const notOver = Prisma.sql`idle_expires_at > now() AND expires_at > now()`;

const columns = Prisma.sql`
  s.id, s.user_id AS "userId", s.client_id AS "clientId", s.amr, s.auth_time AS "authTime", s.generation,
  s.confirmed_generation AS "confirmedGeneration", s.rotated_at AS "rotatedAt", s.rotated_network AS "rotatedNetwork",
  s.rotated_user_agent AS "rotatedUserAgent", s.device, s.network, s.password_attempts AS "passwordAttempts",
  s.created_at AS "createdAt", s.last_seen_at AS "lastSeenAt", s.idle_expires_at AS "idleExpiresAt",
  s.expires_at AS "expiresAt", s.revoked_at AS "revokedAt"`;

const roles = Prisma.sql`ARRAY(SELECT role FROM user_role WHERE user_id = u.id ORDER BY role) AS roles`;

export const sessions = (db: Database) => ({
  async create(session: NewSession): Promise<SessionRecord> {
    const [row] = await db.$queryRaw<SessionRecord[]>`
      INSERT INTO session AS s (id, user_id, client_id, amr, auth_time, device, network, rotated_network,
                                rotated_user_agent, idle_expires_at, expires_at)
      VALUES (${session.id}::uuid, ${session.userId}::uuid, ${session.clientId}, ${session.amr}::text[],
              ${session.authTime}, ${session.device}, ${session.network}, ${session.network}, ${session.userAgent},
              now() + make_interval(secs => ${Math.min(session.idleTtlSeconds, session.absoluteTtlSeconds)}),
              now() + make_interval(secs => ${session.absoluteTtlSeconds}))
      RETURNING ${columns}`;
    if (!row) throw new Error('INSERT INTO session returned no row');
    return row;
  },

  /** Reads session, user and roles at once; the roles are today's, not the token's. */
  async principal(id: string): Promise<Principal | undefined> {
    const [row] = await db.$queryRaw<Principal[]>`
      SELECT s.user_id AS "userId", ${roles}, s.confirmed_generation AS "confirmedGeneration",
             CASE WHEN ${live} THEN extract(epoch FROM least(s.idle_expires_at, s.expires_at) - now())
                  ELSE 0 END::float8 AS "secondsLeft",
             extract(epoch FROM now() - s.last_seen_at)::float8 AS "secondsSinceSeen"
      FROM session s JOIN "user" u ON u.id = s.user_id
      WHERE s.id = ${id}::uuid`;
    return row;
  },

  /**
   * Notes that the client used its session, and that it holds the tokens of `generation`. Answers false, and notes nothing,
   * when the row has not reached that generation.
   */
  async confirm(id: string, generation: number): Promise<boolean> {
    const confirmed = await db.$executeRaw`
      UPDATE session SET last_seen_at = now(), confirmed_generation = greatest(confirmed_generation, ${generation})
      WHERE id = ${id}::uuid AND revoked_at IS NULL AND generation >= ${generation}`;
    return confirmed === 1;
  },

  /** Moves the refresh token on by one generation, if `generation` is the current one and the session lives. */
  async rotate(
    id: string,
    generation: number,
    idleTtlSeconds: number,
    origin: RefreshOrigin,
  ): Promise<SessionWithRoles | undefined> {
    const [row] = await db.$queryRaw<SessionWithRoles[]>`
      UPDATE session s SET generation = s.generation + 1, rotated_at = now(), last_seen_at = now(),
        rotated_network = ${origin.network}, rotated_user_agent = ${origin.userAgent},
        idle_expires_at = least(now() + make_interval(secs => ${idleTtlSeconds}), s.expires_at)
      FROM "user" u
      WHERE s.id = ${id}::uuid AND s.generation = ${generation} AND u.id = s.user_id AND ${live}
      RETURNING ${columns}, ${roles}`;
    return row;
  },

  async refreshState(id: string): Promise<RefreshState | undefined> {
    const [row] = await db.$queryRaw<RefreshState[]>`
      SELECT ${columns}, ${roles}, ${live} AS live,
             extract(epoch FROM now() - s.rotated_at)::float8 AS "secondsSinceRotation"
      FROM session s JOIN "user" u ON u.id = s.user_id
      WHERE s.id = ${id}::uuid`;
    return row;
  },

  /**
   * Whether a session is neither revoked nor over, and its user enabled. It cannot be revoked before the transaction
   * ends, so that nothing is written in its name after a revocation was confirmed. The caller has locked the user's row.
   */
  async holdLive(id: string): Promise<boolean> {
    const rows = await db.$queryRaw<unknown[]>`
      SELECT 1 FROM session s JOIN "user" u ON u.id = s.user_id WHERE s.id = ${id}::uuid AND ${live} FOR SHARE OF s`;
    return rows.length === 1;
  },

  /** The sessions of a user that are neither revoked nor over, the newest first. */
  async listLive(userId: string): Promise<SessionRecord[]> {
    return db.$queryRaw<SessionRecord[]>`
      SELECT ${columns} FROM session s JOIN "user" u ON u.id = s.user_id
      WHERE s.user_id = ${userId}::uuid AND ${live}
      ORDER BY s.created_at DESC, s.id DESC LIMIT ${LIST_MAX}`;
  },

  /** The sessions of a user that are still stored, also ended ones: the live ones first, then the newest. */
  async listAll(userId: string, limit: number): Promise<SessionRecord[]> {
    return db.$queryRaw<SessionRecord[]>`
      SELECT ${columns} FROM session s WHERE s.user_id = ${userId}::uuid
      ORDER BY (s.revoked_at IS NULL AND ${notOver}) DESC, s.created_at DESC, s.id DESC LIMIT ${limit}`;
  },

  /** Ends one session; answers whose it was, or nothing when it was over already. */
  async revoke(id: string): Promise<string | undefined> {
    const [row] = await db.$queryRaw<{ userId: string }[]>`
      UPDATE session SET revoked_at = now() WHERE id = ${id}::uuid AND revoked_at IS NULL AND expires_at > now()
      RETURNING user_id AS "userId"`;
    return row?.userId;
  },

  /** Ends one session if it is this user's; ownership is part of the condition. Answers whether it was live. */
  async revokeOwn(id: string, userId: string): Promise<boolean> {
    const [row] = await db.$queryRaw<{ wasLive: boolean }[]>`
      UPDATE session SET revoked_at = now() WHERE id = ${id}::uuid AND user_id = ${userId}::uuid AND revoked_at IS NULL
      RETURNING ${notOver} AS "wasLive"`;
    return row?.wasLive ?? false;
  },

  /**
   * Ends a user's sessions, all of them or all but one, and counts those that were live. One that is over is ended too:
   * it may be being refreshed at this moment.
   */
  async revokeAll(userId: string, exceptId: string | null = null): Promise<number> {
    const [row] = await db.$queryRaw<{ count: number }[]>`
      WITH ended AS (
        UPDATE session SET revoked_at = now()
        WHERE user_id = ${userId}::uuid AND id IS DISTINCT FROM ${exceptId}::uuid AND revoked_at IS NULL
        RETURNING ${notOver} AS was_live)
      SELECT count(*) FILTER (WHERE was_live)::int AS count FROM ended`;
    return row?.count ?? 0;
  },

  /** Ends the oldest of a user's live sessions, all but `keep` of them. The user's row is locked. */
  async revokeOldest(userId: string, keep: number): Promise<RevokedSessions> {
    const [row] = await db.$queryRaw<RevokedSessions[]>`
      WITH ended AS (
        UPDATE session SET revoked_at = now()
        WHERE revoked_at IS NULL AND id IN (
          SELECT id FROM session WHERE user_id = ${userId}::uuid AND revoked_at IS NULL AND ${notOver}
          ORDER BY created_at DESC, id DESC OFFSET ${keep})
        RETURNING id)
      SELECT count(*)::int AS count, (SELECT id FROM ended LIMIT 1) AS "firstId" FROM ended`;
    return row ?? { count: 0, firstId: null };
  },

  /**
   * Removes `limit` sessions that are over by themselves, the oldest first, and counts them. What somebody else holds at
   * this moment stays for the next time.
   */
  async removeOver(limit: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM session WHERE id IN (
        SELECT id FROM session WHERE idle_expires_at <= now()
        ORDER BY idle_expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },

  /** The same for sessions that were revoked so many seconds ago. */
  async removeRevoked(limit: number, secondsAgo: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM session WHERE id IN (
        SELECT id FROM session WHERE revoked_at <= now() - make_interval(secs => ${secondsAgo})
        ORDER BY revoked_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },

  /**
   * Counts an attempt at the password inside a live session, before it is made. Answers how many there were, or nothing
   * when there are no more.
   */
  async countPasswordAttempt(id: string, limit: number): Promise<number | undefined> {
    const [row] = await db.$queryRaw<{ attempts: number }[]>`
      UPDATE session SET password_attempts = password_attempts + 1
      WHERE id = ${id}::uuid AND revoked_at IS NULL AND password_attempts < ${limit}
      RETURNING password_attempts AS attempts`;
    return row?.attempts;
  },

  /** Takes an attempt back that was counted and not made. */
  async uncountPasswordAttempt(id: string): Promise<void> {
    await db.$executeRaw`UPDATE session SET password_attempts = greatest(password_attempts - 1, 0) WHERE id = ${id}::uuid`;
  },

  /** The owner is back. A session that has been ended by wrong passwords stays so. */
  async forgivePasswordAttempts(id: string): Promise<void> {
    await db.$executeRaw`UPDATE session SET password_attempts = 0 WHERE id = ${id}::uuid AND revoked_at IS NULL`;
  },
});
