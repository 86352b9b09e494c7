import type { Database } from '../database/database.js';
import type { Prisma, SecurityEvent } from '../generated/client.js';

/** A security event's row. */
export type SecurityEventRecord = SecurityEvent;

/** What is written of a security event; its time is the database's. */
export type NewSecurityEvent = Omit<SecurityEvent, 'createdAt' | 'detail'> & {
  readonly detail: Prisma.InputJsonObject;
};

export const securityEvents = (db: Database) => ({
  async add(event: NewSecurityEvent): Promise<void> {
    // A user may be deleted while something is done in its name; what was done is on record all the same.
    await db.$executeRaw`
      INSERT INTO security_event (id, type, actor_kind, actor_id, operator, subject_id, session_id, correlation_id,
                                  network, user_agent, detail)
      VALUES (${event.id}::uuid, ${event.type}, ${event.actorKind},
              (SELECT id FROM "user" WHERE id = ${event.actorId}::uuid), ${event.operator},
              (SELECT id FROM "user" WHERE id = ${event.subjectId}::uuid), ${event.sessionId}::uuid,
              ${event.correlationId}, ${event.network}, ${event.userAgent}, ${JSON.stringify(event.detail)}::jsonb)`;
  },

  /** What happened to a user, the newest first. */
  async listBySubject(subjectId: string, limit: number): Promise<SecurityEventRecord[]> {
    const orderBy = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];
    return db.securityEvent.findMany({ where: { subjectId }, orderBy, take: limit });
  },

  /** Takes from `limit` events of a user all that tells of it, and counts them. */
  async anonymize(userId: string, limit: number): Promise<number> {
    return db.$executeRaw`
      UPDATE security_event SET network = NULL, user_agent = NULL, correlation_id = NULL,
        subject_id = CASE WHEN subject_id <> ${userId}::uuid THEN subject_id END,
        actor_id = CASE WHEN actor_id <> ${userId}::uuid THEN actor_id END
      WHERE id IN (
        SELECT id FROM security_event WHERE subject_id = ${userId}::uuid OR actor_id = ${userId}::uuid LIMIT ${limit})`;
  },
});
