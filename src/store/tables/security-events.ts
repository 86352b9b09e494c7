import type { Database } from '../database/database.js';
import type { AuthSecurityEvent, Prisma } from '../generated/client.js';

export type SecurityEventRecord = AuthSecurityEvent;

/** A new security event. The database sets its time. */
export type NewSecurityEvent = Omit<AuthSecurityEvent, 'createdAt' | 'detail'> & {
  readonly detail: Prisma.InputJsonObject;
};

export const securityEvents = (db: Database) => ({
  /** Writes events in one statement. If a user has been deleted in the meantime, the event is written without that id. */
  async add(events: readonly NewSecurityEvent[]): Promise<void> {
    await db.$executeRaw`
      INSERT INTO auth_security_event (id, type, actor_kind, actor_id, operator, subject_id, session_id, correlation_id,
                                       network, user_agent, detail)
      SELECT e.id, e.type, e."actorKind", (SELECT id FROM "user" WHERE id = e."actorId"), e.operator,
             (SELECT id FROM "user" WHERE id = e."subjectId"), e."sessionId", e."correlationId", e.network, e."userAgent",
             e.detail
      FROM jsonb_to_recordset(${JSON.stringify(events)}::jsonb) AS e(
        id uuid, type text, "actorKind" text, "actorId" uuid, operator text, "subjectId" uuid, "sessionId" uuid,
        "correlationId" text, network text, "userAgent" text, detail jsonb)`;
  },

  /** Lists the events about a user, newest first. */
  async listBySubject(subjectId: string, limit: number): Promise<SecurityEventRecord[]> {
    const orderBy = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];
    return db.authSecurityEvent.findMany({ where: { subjectId }, orderBy, take: limit });
  },

  /** Deletes up to `limit` events of these types that are at least so old, and returns their number. */
  async removeOld(limit: number, types: readonly string[], secondsAgo: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM auth_security_event WHERE id IN (
        SELECT id FROM auth_security_event
        WHERE type = ANY(${types}) AND created_at <= now() - make_interval(secs => ${secondsAgo})
        LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },

  /** Removes the user's id and everything that could identify it from up to `limit` events, and returns their number. */
  async anonymize(userId: string, limit: number): Promise<number> {
    return db.$executeRaw`
      UPDATE auth_security_event SET network = NULL, user_agent = NULL, correlation_id = NULL,
        subject_id = CASE WHEN subject_id <> ${userId}::uuid THEN subject_id END,
        actor_id = CASE WHEN actor_id <> ${userId}::uuid THEN actor_id END
      WHERE id IN (
        SELECT id FROM auth_security_event WHERE subject_id = ${userId}::uuid OR actor_id = ${userId}::uuid LIMIT ${limit})`;
  },
});
