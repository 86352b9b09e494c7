import { lockName } from '../database/advisory-lock.js';
import type { Database } from '../database/database.js';
import type { AuthSigningKey, AuthSigningKeyPurpose } from '../generated/client.js';
import type { KeyUse, ResealedText } from './sealed-text.js';

/** A stored key: the sealed private key. The public key is not stored. */
export type SigningKeyRecord = AuthSigningKey;

export const signingKeys = (db: Database) => ({
  /** Lists the keys of a purpose, newest first. */
  async list(purpose: AuthSigningKeyPurpose): Promise<SigningKeyRecord[]> {
    return db.authSigningKey.findMany({ where: { purpose }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] });
  },

  async add(key: Omit<SigningKeyRecord, 'createdAt'>): Promise<void> {
    await db.authSigningKey.create({ data: key });
  },

  /** Counts the keys that each encryption key seals, by purpose. */
  async countByEncryptionKey(): Promise<(KeyUse & Pick<SigningKeyRecord, 'purpose'>)[]> {
    return db.$queryRaw<(KeyUse & Pick<SigningKeyRecord, 'purpose'>)[]>`
      SELECT purpose, substring(sealed FROM '^([A-Za-z0-9_-]{1,64})[.]') AS "encryptionKey", count(*)::int AS count
      FROM auth_signing_key GROUP BY 1, 2 ORDER BY 1, 2`;
  },

  /** Lists the keys that this encryption key seals. */
  async listSealedBy(encryptionKey: string): Promise<SigningKeyRecord[]> {
    // Not LIKE, in which the `_` of a key's id would match any character.
    return db.$queryRaw<SigningKeyRecord[]>`
      SELECT id, purpose, algorithm, sealed, created_at AS "createdAt" FROM auth_signing_key
      WHERE starts_with(sealed, ${encryptionKey} || '.')`;
  },

  /** Lists the keys that any other encryption key seals. */
  async listSealedByOthers(encryptionKey: string): Promise<SigningKeyRecord[]> {
    return db.$queryRaw<SigningKeyRecord[]>`
      SELECT id, purpose, algorithm, sealed, created_at AS "createdAt" FROM auth_signing_key
      WHERE NOT starts_with(sealed, ${encryptionKey} || '.') ORDER BY purpose, id`;
  },

  /** Replaces the sealed texts of keys that have not changed since they were read. Returns the ids of these keys. */
  async reseal(keys: readonly ResealedText[]): Promise<string[]> {
    const rows = await db.$queryRaw<{ id: string }[]>`
      UPDATE auth_signing_key k SET sealed = r.resealed
      FROM jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) AS r(id text, sealed text, resealed text)
      WHERE k.id = r.id AND k.sealed = r.sealed
      RETURNING k.id`;
    return rows.map(({ id }) => id);
  },

  /** Serializes the transactions of instances that start at the same time, so that only one of them creates the first key. */
  async lockCreation(): Promise<void> {
    await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${lockName('gatehouse.signing_key')}))`;
  },
});
