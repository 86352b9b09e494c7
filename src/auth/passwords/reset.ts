import { GatehouseError, type Failure } from '../../errors.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { uuidv7 } from '../../values/uuid.js';
import type { Client } from '../caller.js';
import type { AuthDependencies } from '../dependencies.js';
import { recordEvent } from '../audit/security-events.js';
import { clearStranger } from '../email/verification.js';
import { findLinkToken } from '../email-links/link-token.js';

/** The token from the mail, and the password from now on. */
export interface PasswordReset {
  readonly token: string;
  readonly newPassword: string;
}

/** A new password for who forgot the old one. */
export const createPasswordReset = (dependencies: AuthDependencies) => {
  const { store, clock, hasher, passwordPolicy, mailQueue, principals, rateLimits, mailRequests } = dependencies;
  return {
    /**
     * Asks for a link. Answers nothing, whatever the address is.
     *
     * @throws GatehouseError RATE_LIMITED when the network asks too often
     */
    async request(email: string, client: Client): Promise<void> {
      const retryAfterSeconds = await rateLimits.mailRequest(client);
      if (retryAfterSeconds > 0) throw new GatehouseError('RATE_LIMITED', { retryAfterSeconds });
      const address = parseEmailAddress(email);
      if (address) await mailRequests.ask({ kind: 'RESET_PASSWORD', emailCanonical: address.canonical }, client);
    },

    /**
     * Sets a new password. Every session ends and none begins: whoever can read one mail is not yet logged in, and a
     * second factor is not skipped. The mail has proved the address, and a disabled account stays disabled.
     *
     * @see ASVS 6.4.3, 7.2.4
     */
    async reset(
      { token: text, newPassword }: PasswordReset,
      client: Client,
    ): Promise<Failure<'INVALID_TOKEN' | 'WEAK_PASSWORD'> | undefined> {
      const token = await findLinkToken(store, text, 'RESET_PASSWORD');
      if (!token?.userId) return { failure: 'INVALID_TOKEN' };
      const { userId } = token;
      const personal = await store.users.find(userId);
      if (!personal) return { failure: 'INVALID_TOKEN' };
      const reasons = await passwordPolicy.weaknesses(newPassword, personal);
      if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };

      const passwordHash = await hasher.hash(newPassword);
      const isReset = await store.transaction(async (tx) => {
        await tx.signUps.takeTurn(token.emailCanonical);
        await tx.users.lock(userId);
        const user = await tx.users.find(userId);
        // The link went to an address that was the account's then.
        if (user?.emailCanonical !== token.emailCanonical) return false;
        if (!(await tx.oneTimeTokens.consume(token.id, 'RESET_PASSWORD'))) return false;
        await tx.passwordCredentials.set(userId, passwordHash);
        const isProved = await tx.users.markVerified(userId);
        const isCleared = isProved && user.origin !== 'ADMINISTRATOR';
        if (isCleared) await clearStranger(tx, userId);
        const count = await tx.sessions.revokeAll(userId);
        await tx.oneTimeTokens.voidAll(userId);
        await tx.signUps.voidAll(user.emailCanonical);
        const event = { type: 'PASSWORD_RESET', subjectId: userId, detail: { count } } as const;
        await recordEvent(tx, clock(), { kind: 'anonymous', client }, event);
        const letter = { to: user.email, locale: (isCleared ? null : user.locale) ?? client.language };
        await mailQueue.enqueue(tx, uuidv7(clock()), { ...letter, message: { template: 'password-changed' } });
        return true;
      });
      if (!isReset) return { failure: 'INVALID_TOKEN' };
      principals.forget(userId);
      mailQueue.nudge();
      return undefined;
    },
  };
};
