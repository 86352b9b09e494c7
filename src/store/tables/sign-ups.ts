import type { Database } from '../database/database.js';
import type { SignUp } from '../generated/client.js';

/** A sign-up that waits for its address to be proved. */
export type SignUpRecord = SignUp;

/** What a new sign-up holds. */
export type NewSignUp = Omit<SignUp, 'createdAt' | 'receiptDigest'> & { readonly receiptDigest: Uint8Array };

export const signUps = (db: Database) => ({
  async create({ receiptDigest, ...signUp }: NewSignUp): Promise<void> {
    await db.signUp.create({ data: { ...signUp, receiptDigest: new Uint8Array(receiptDigest) } });
  },

  async find(id: string): Promise<SignUpRecord | undefined> {
    return (await db.signUp.findUnique({ where: { id } })) ?? undefined;
  },

  /** The newest sign-up for an address. */
  async findNewest(emailCanonical: string): Promise<SignUpRecord | undefined> {
    return (await db.signUp.findFirst({ where: { emailCanonical }, orderBy: { id: 'desc' } })) ?? undefined;
  },

  /** The sign-ups of an address, without their secrets, the newest first. */
  async listByAddress(
    emailCanonical: string,
    limit: number,
  ): Promise<Pick<SignUp, 'email' | 'name' | 'locale' | 'createdAt'>[]> {
    const select = { email: true, name: true, locale: true, createdAt: true };
    return db.signUp.findMany({ where: { emailCanonical }, select, orderBy: { id: 'desc' }, take: limit });
  },

  /**
   * Those who prove an address take turns here until their transactions end. Otherwise two who prove different sign-ups
   * for one address would each hold what the other waits for: the account that is made, and the sign-ups that are voided.
   */
  async takeTurn(emailCanonical: string): Promise<void> {
    await db.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${'gatehouse.sign_up:' + emailCanonical}, 0))`;
  },

  /** Removes `limit` sign-ups that nobody can verify any more, because no token for them is left, and counts them. */
  async removeOver(limit: number, olderThanSeconds: number): Promise<number> {
    return db.$executeRaw`
      DELETE FROM sign_up WHERE id IN (
        SELECT id FROM sign_up s WHERE created_at <= now() - make_interval(secs => ${olderThanSeconds})
          AND NOT EXISTS (SELECT FROM one_time_token t WHERE t.sign_up_id = s.id)
        ORDER BY created_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  },

  /** Makes the receipts of all sign-ups for an address worthless: `digest` is of one that nobody has. */
  async voidReceipts(emailCanonical: string, digest: Uint8Array): Promise<void> {
    await db.signUp.updateMany({ where: { emailCanonical }, data: { receiptDigest: new Uint8Array(digest) } });
  },

  /** Forgets every sign-up for an address, and with them their tokens. */
  async voidAll(emailCanonical: string): Promise<void> {
    await db.signUp.deleteMany({ where: { emailCanonical } });
  },
});
