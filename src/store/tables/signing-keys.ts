import type { Database } from '../database/database.js';
import type { SigningKey, SigningKeyPurpose } from '../generated/client.js';
import type { KeyUse, ResealedText } from './sealed-text.js';

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

  /** How many keys each encryption key seals, by purpose. */
  async countByEncryptionKey(): Promise<(KeyUse & Pick<SigningKeyRecord, 'purpose'>)[]> {
    return db.$queryRaw<(KeyUse & Pick<SigningKeyRecord, 'purpose'>)[]>`
      SELECT purpose, substring(sealed FROM '^([A-Za-z0-9_-]{1,64})[.]') AS "encryptionKey", count(*)::int AS count
      FROM signing_key GROUP BY 1, 2 ORDER BY 1, 2`;
  },

  /** The keys that this encryption key seals. */
  async listSealedBy(encryptionKey: string): Promise<SigningKeyRecord[]> {
    // Not LIKE: it takes the `_` of a key's id for any character.
    return db.$queryRaw<SigningKeyRecord[]>`
      SELECT id, purpose, algorithm, sealed, created_at AS "createdAt" FROM signing_key
      WHERE starts_with(sealed, ${encryptionKey} || '.')`;
  },

  /** The keys that another encryption key than this one seals. */
  async listSealedByOthers(encryptionKey: string): Promise<SigningKeyRecord[]> {
    return db.$queryRaw<SigningKeyRecord[]>`
      SELECT id, purpose, algorithm, sealed, created_at AS "createdAt" FROM signing_key
      WHERE NOT starts_with(sealed, ${encryptionKey} || '.') ORDER BY purpose, id`;
  },

  /** Replaces the sealed texts of keys that are unchanged since they were read; returns their ids. */
  async reseal(keys: readonly ResealedText[]): Promise<string[]> {
    const rows = await db.$queryRaw<{ id: string }[]>`
      UPDATE signing_key k SET sealed = r.resealed
      FROM jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) AS r(id text, sealed text, resealed text)
      WHERE k.id = r.id AND k.sealed = r.sealed
      RETURNING k.id`;
    return rows.map(({ id }) => id);
  },

  /** Instances that start together take turns here until their transactions end, so that one makes the first key. */
  async takeTurn(): Promise<void> {
    await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('gatehouse.signing_key'))`;
  },
});
