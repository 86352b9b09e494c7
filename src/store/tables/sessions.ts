import type { Database } from '../database/database.js';
import { Prisma, type AuthSession } from '../generated/client.js';
import { SESSION_LIST_MAX } from '../../values/policy.js';

export type SessionRecord = AuthSession;

/** A session, and the database's time at which it was read. Its tokens are issued at that time. */
export type CurrentSession = SessionRecord & { readonly readAt: Date };

/** A new session. The database's clock determines when the user was authenticated and when the session expires. */
export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  readonly amr: readonly string[];
  readonly device: string | null;
  readonly network: string | null;
  readonly userAgent: string | null;
  readonly idleTtlSeconds: number;
  readonly absoluteTtlSeconds: number;
}

/** The current state of the session and the user of an access token. */
export interface Principal {
  readonly userId: string;
  readonly roles: readonly string[];
  readonly confirmedGeneration: number;
  /** Seconds until the session expires; 0 when it was revoked or its user is disabled. */
  readonly secondsLeft: number;
  readonly secondsSinceSeen: number;
}

/** A session with the current roles of its user. */
export type SessionWithRoles = CurrentSession & { readonly roles: readonly string[] };

/** The state of a session whose refresh token was not rotated. */
export interface RefreshState extends SessionWithRoles {
  /** Neither revoked nor expired, and the user is enabled. */
  readonly live: boolean;
  /** By the database's clock. */
  readonly secondsSinceRotation: number;
}

/** The network and user agent of a refresh. */
export interface RefreshOrigin {
  readonly network: string | null;
  readonly userAgent: string | null;
}

/** The sessions that one statement revoked. */
export interface RevokedSessions {
  readonly count: number;
  /** The id of one of them; null when there is none. */
  readonly firstId: string | null;
}

const live = Prisma.sql`s.revoked_at IS NULL AND s.idle_expires_at > now() AND s.expires_at > now() AND u.disabled_at IS NULL`;

const notExpired = Prisma.sql`idle_expires_at > now() AND expires_at > now()`;

const columns = Prisma.sql`
  s.id, s.user_id AS "userId", s.client_id AS "clientId", s.amr, s.auth_time AS "authTime", s.generation,
  s.confirmed_generation AS "confirmedGeneration", s.rotated_at AS "rotatedAt", s.rotated_network AS "rotatedNetwork",
  s.rotated_user_agent AS "rotatedUserAgent", s.device, s.network, s.password_attempts AS "passwordAttempts",
  s.application_claims AS "applicationClaims",
  s.created_at AS "createdAt", s.last_seen_at AS "lastSeenAt", s.idle_expires_at AS "idleExpiresAt",
  s.expires_at AS "expiresAt", s.revoked_at AS "revokedAt"`;

const roles = Prisma.sql`ARRAY(SELECT role FROM auth_user_role WHERE user_id = u.id ORDER BY role) AS roles`;

export const sessions = (db: Database) => ({
  async create(session: NewSession): Promise<CurrentSession> {
    const [row] = await db.$queryRaw<CurrentSession[]>`
      INSERT INTO auth_session AS s (id, user_id, client_id, amr, auth_time, device, network, rotated_network,
                                rotated_user_agent, idle_expires_at, expires_at)
      VALUES (${session.id}::uuid, ${session.userId}::uuid, ${session.clientId}, ${session.amr}::text[],
              now(), ${session.device}, ${session.network}, ${session.network}, ${session.userAgent},
              now() + make_interval(secs => ${Math.min(session.idleTtlSeconds, session.absoluteTtlSeconds)}),
              now() + make_interval(secs => ${session.absoluteTtlSeconds}))
      RETURNING ${columns}, now() AS "readAt"`;
    if (!row) throw new Error('INSERT INTO auth_session returned no row');
    return row;
  },

  /** Reads session, user and roles in one statement. The roles are the current ones, not those of the token. */
  async principal(id: string): Promise<Principal | undefined> {
    const [row] = await db.$queryRaw<Principal[]>`
      SELECT s.user_id AS "userId", ${roles}, s.confirmed_generation AS "confirmedGeneration",
             CASE WHEN ${live} THEN extract(epoch FROM least(s.idle_expires_at, s.expires_at) - now())
                  ELSE 0 END::float8 AS "secondsLeft",
             extract(epoch FROM now() - s.last_seen_at)::float8 AS "secondsSinceSeen"
      FROM auth_session s JOIN "user" u ON u.id = s.user_id
      WHERE s.id = ${id}::uuid`;
    return row;
  },

  /**
   * Records that the client used its session and has received the tokens of `generation`. Returns false, and records nothing,
   * when the session was revoked or has not reached that generation.
   */
  async confirm(id: string, generation: number): Promise<boolean> {
    const confirmed = await db.$executeRaw`
      UPDATE auth_session SET last_seen_at = now(), confirmed_generation = greatest(confirmed_generation, ${generation})
      WHERE id = ${id}::uuid AND revoked_at IS NULL AND generation >= ${generation}`;
    return confirmed === 1;
  },

  /** Increments the generation of the refresh token if `generation` is the current one and the session is live. */
  async rotate(
    id: string,
    generation: number,
    idleTtlSeconds: number,
    origin: RefreshOrigin,
  ): Promise<SessionWithRoles | undefined> {
    const [row] = await db.$queryRaw<SessionWithRoles[]>`
      UPDATE auth_session s SET generation = s.generation + 1, rotated_at = now(), last_seen_at = now(),
        rotated_network = ${origin.network}, rotated_user_agent = ${origin.userAgent},
        idle_expires_at = least(now() + make_interval(secs => ${idleTtlSeconds}), s.expires_at)
      FROM "user" u
      WHERE s.id = ${id}::uuid AND s.generation = ${generation} AND u.id = s.user_id AND ${live}
      RETURNING ${columns}, now() AS "readAt", ${roles}`;
    return row;
  },

  /** Stores the claims of the application, as JSON text, that the newest access token of the session contains. */
  async setApplicationClaims(id: string, claims: string): Promise<void> {
    await db.$executeRaw`UPDATE auth_session SET application_claims = ${claims} WHERE id = ${id}::uuid`;
  },

  /** Reads the state by which a refresh token that did not rotate is classified. */
  async refreshState(id: string): Promise<RefreshState | undefined> {
    const [row] = await db.$queryRaw<RefreshState[]>`
      SELECT ${columns}, now() AS "readAt", ${roles}, ${live} AS live,
             extract(epoch FROM now() - s.rotated_at)::float8 AS "secondsSinceRotation"
      FROM auth_session s JOIN "user" u ON u.id = s.user_id
      WHERE s.id = ${id}::uuid`;
    return row;
  },

  /**
   * Whether a session is neither revoked nor expired and its user is enabled. Locks the session, so that it cannot be revoked
   * before the transaction ends and nothing is written on its behalf after a revocation was confirmed. The caller has locked
   * the user's row.
   */
  async holdLive(id: string): Promise<boolean> {
    const rows = await db.$queryRaw<unknown[]>`
      SELECT 1 FROM auth_session s JOIN "user" u ON u.id = s.user_id WHERE s.id = ${id}::uuid AND ${live} FOR SHARE OF s`;
    return rows.length === 1;
  },

  /** Lists the live sessions of a user, newest first. */
  async listLive(userId: string): Promise<SessionRecord[]> {
    return db.$queryRaw<SessionRecord[]>`
      SELECT ${columns} FROM auth_session s JOIN "user" u ON u.id = s.user_id
      WHERE s.user_id = ${userId}::uuid AND ${live}
      ORDER BY s.created_at DESC, s.id DESC LIMIT ${SESSION_LIST_MAX}`;
  },

  /** Lists all stored sessions of a user: the live ones first, then the others, each newest first. */
  async listAll(userId: string, limit: number): Promise<SessionRecord[]> {
    return db.$queryRaw<SessionRecord[]>`
      SELECT ${columns} FROM auth_session s WHERE s.user_id = ${userId}::uuid
      ORDER BY (s.revoked_at IS NULL AND ${notExpired}) DESC, s.created_at DESC, s.id DESC LIMIT ${limit}`;
  },

  /** Revokes a session. Returns the id of its user, or `undefined` when it was already revoked or had expired. */
  async revoke(id: string): Promise<string | undefined> {
    const [row] = await db.$queryRaw<{ userId: string }[]>`
      UPDATE auth_session SET revoked_at = now() WHERE id = ${id}::uuid AND revoked_at IS NULL AND expires_at > now()
      RETURNING user_id AS "userId"`;
    return row?.userId;
  },

  /** Revokes a session of this user; ownership is part of the condition. Returns whether the session was live. */
  async revokeOwn(id: string, userId: string): Promise<boolean> {
    const [row] = await db.$queryRaw<{ wasLive: boolean }[]>`
      UPDATE auth_session SET revoked_at = now() WHERE id = ${id}::uuid AND user_id = ${userId}::uuid AND revoked_at IS NULL
      RETURNING ${notExpired} AS "wasLive"`;
    return row?.wasLive ?? false;
  },

  /**
   * Revokes all sessions of a user, or all but one, and returns the number of those that were live. Expired ones are revoked
   * too: a refresh that is being committed may extend one.
   */
  async revokeAll(userId: string, exceptId: string | null = null): Promise<number> {
    const [row] = await db.$queryRaw<{ count: number }[]>`
      WITH ended AS (
        UPDATE auth_session SET revoked_at = now()
        WHERE user_id = ${userId}::uuid AND id IS DISTINCT FROM ${exceptId}::uuid AND revoked_at IS NULL
        RETURNING ${notExpired} AS was_live)
      SELECT count(*) FILTER (WHERE was_live)::int AS count FROM ended`;
    return row?.count ?? 0;
  },

  /** Revokes those of a user's sessions that have one of these ids, and returns the number of those that were live. */
  async revokeThese(userId: string, ids: readonly string[]): Promise<number> {
    const [row] = await db.$queryRaw<{ count: number }[]>`
      WITH ended AS (
        UPDATE auth_session SET revoked_at = now()
        WHERE user_id = ${userId}::uuid AND id = ANY (${ids}::uuid[]) AND revoked_at IS NULL
        RETURNING ${notExpired} AS was_live)
      SELECT count(*) FILTER (WHERE was_live)::int AS count FROM ended`;
    return row?.count ?? 0;
  },

  /** Revokes a user's oldest live sessions, except the newest `keep`. The caller has locked the user's row. */
  async revokeOldest(userId: string, keep: number): Promise<RevokedSessions> {
    const [row] = await db.$queryRaw<RevokedSessions[]>`
      WITH ended AS (
        UPDATE auth_session SET revoked_at = now()
        WHERE revoked_at IS NULL AND id IN (
          SELECT id FROM auth_session WHERE user_id = ${userId}::uuid AND revoked_at IS NULL AND ${notExpired}
          ORDER BY created_at DESC, id DESC OFFSET ${keep})
        RETURNING id)
      SELECT count(*)::int AS count, (SELECT id FROM ended LIMIT 1) AS "firstId" FROM ended`;
    return row ?? { count: 0, firstId: null };
  },

  /** Deletes up to `limit` expired sessions, the oldest first, and returns their number. Locked rows are left for the next run. */
  async removeExpired(limit: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM auth_session WHERE id IN (
        SELECT id FROM auth_session WHERE idle_expires_at <= now()
        ORDER BY idle_expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },

  /** Deletes up to `limit` sessions that were revoked at least `secondsAgo` seconds ago, and returns their number. */
  async removeRevoked(limit: number, secondsAgo: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM auth_session WHERE id IN (
        SELECT id FROM auth_session WHERE revoked_at <= now() - make_interval(secs => ${secondsAgo})
        ORDER BY revoked_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },
});
