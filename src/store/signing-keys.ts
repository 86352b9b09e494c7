import type { Database } from './database.js';
import type { SigningKey, SigningKeyPurpose } from './generated/client.js';

/** A key as it is stored: its private part sealed, its public part nowhere. */
export type SigningKeyRecord = SigningKey;

export const signingKeys = (db: Database) => ({
  /** All keys of a purpose, the newest first. */
  async list(purpose: SigningKeyPurpose): Promise<SigningKeyRecord[]> {
    return db.signingKey.findMany({ where: { purpose }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] });
  },

  async add(key: Omit<SigningKeyRecord, 'createdAt'>): Promise<void> {
    await db.signingKey.create({ data: key });
  },

  /** Instances that start together take turns here until their transactions end, so that one makes the first key. */
  async takeTurn(): Promise<void> {
    await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('gatehouse.signing_key'))`;
  },
});
