import { lockName } from '../database/advisory-lock.js';
import type { Database } from '../database/database.js';
import type { AuthSignUp } from '../generated/client.js';

/** A sign-up whose address is not verified. */
export type SignUpRecord = AuthSignUp;

export type NewSignUp = Omit<AuthSignUp, 'createdAt' | 'receiptDigest'> & { readonly receiptDigest: Uint8Array };

export const signUps = (db: Database) => ({
  async create({ receiptDigest, ...signUp }: NewSignUp): Promise<void> {
    await db.authSignUp.create({ data: { ...signUp, receiptDigest: new Uint8Array(receiptDigest) } });
  },

  async find(id: string): Promise<SignUpRecord | undefined> {
    return (await db.authSignUp.findUnique({ where: { id } })) ?? undefined;
  },

  /** Returns the newest sign-up for an address. */
  async findNewest(emailCanonical: string): Promise<SignUpRecord | undefined> {
    return (await db.authSignUp.findFirst({ where: { emailCanonical }, orderBy: { id: 'desc' } })) ?? undefined;
  },

  /** Lists the sign-ups for an address, newest first, without hashes and digests. */
  async listByAddress(
    emailCanonical: string,
    limit: number,
  ): Promise<Pick<AuthSignUp, 'email' | 'name' | 'locale' | 'createdAt'>[]> {
    const select = { email: true, name: true, locale: true, createdAt: true };
    return db.authSignUp.findMany({ where: { emailCanonical }, select, orderBy: { id: 'desc' }, take: limit });
  },

  /**
   * Serializes the transactions that verify one address, until each ends. Without it, two that verify different sign-ups for
   * the address would deadlock: each creates the account and then deletes all sign-ups, including the other's.
   */
  async lockAddress(emailCanonical: string): Promise<void> {
    await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${lockName('gatehouse.sign_up:' + emailCanonical)}, 0))`;
  },

  /** Deletes up to `limit` old sign-ups that can no longer be verified, because they have no token, and returns their number. */
  async removeExpired(limit: number, olderThanSeconds: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM auth_sign_up WHERE id IN (
        SELECT id FROM auth_sign_up s WHERE created_at <= now() - make_interval(secs => ${olderThanSeconds})
          AND NOT EXISTS (SELECT FROM auth_one_time_token t WHERE t.sign_up_id = s.id)
        ORDER BY created_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },

  /** Invalidates the receipts of all sign-ups for an address. `digest` belongs to a receipt that nobody has. */
  async voidReceipts(emailCanonical: string, digest: Uint8Array): Promise<void> {
    await db.authSignUp.updateMany({ where: { emailCanonical }, data: { receiptDigest: new Uint8Array(digest) } });
  },

  /** Deletes all sign-ups for an address, and with them their tokens. */
  async voidAll(emailCanonical: string): Promise<void> {
    await db.authSignUp.deleteMany({ where: { emailCanonical } });
  },
});
