import type { Database } from './database.js';
import type { SignUp } from './generated/client.js';

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

  /** Forgets every sign-up for an address, and with them their tokens. */
  async voidAll(emailCanonical: string): Promise<void> {
    await db.signUp.deleteMany({ where: { emailCanonical } });
  },
});
