import type { Database } from './database.js';
import type { Prisma, SecurityEvent } from './generated/client.js';

/** A security event's row. */
export type SecurityEventRecord = SecurityEvent;

/** What is written of a security event; its time is the database's. */
export type NewSecurityEvent = Omit<SecurityEvent, 'createdAt' | 'detail'> & {
  readonly detail: Prisma.InputJsonObject;
};

export const events = (db: Database) => ({
  async add(event: NewSecurityEvent): Promise<void> {
    await db.securityEvent.create({ data: event });
  },

  /** What happened to a user, the newest first. */
  async listBySubject(subjectId: string, limit: number): Promise<SecurityEventRecord[]> {
    return db.securityEvent.findMany({ where: { subjectId }, orderBy: { id: 'desc' }, take: limit });
  },
});
