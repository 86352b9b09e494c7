import type { Failure } from '../../errors.js';
import type { PasswordHasher } from '../../security/passwords/password.js';
import type { Store } from '../../store/store.js';
import { parseEmailAddress } from '../../values/email-address.js';
import type { Client } from '../caller.js';
import type { FindLinkToken } from '../email-links/link-token.js';
import type { MailRequests } from '../email-links/mail-requests.js';
import { removeStrangerData } from '../email-links/stranger-data.js';
import { formWeaknesses, type PasswordPolicy } from '../password-checks/password-policy.js';
import { renewDeviceTokens } from '../password-checks/device-tokens.js';
import type { RateLimited, RateLimits } from '../rate-limits/rate-limits.js';
import type { Change } from '../unit-of-work.js';

export interface PasswordReset {
  readonly token: string;
  readonly newPassword: string;
}

/** Lets a user who forgot the password set a new one. */
export const createPasswordReset = ({
  change,
  store,
  hasher,
  passwordPolicy,
  rateLimits,
  mailRequests,
  findLinkToken,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'users'>;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly rateLimits: RateLimits;
  readonly mailRequests: MailRequests;
  readonly findLinkToken: FindLinkToken;
}) => ({
  /**
   * Requests a link. The result is the same for every address, known or not.
   */
  async request(email: string, client: Client): Promise<Failure<'INVALID_EMAIL' | 'RATE_LIMITED'> | undefined> {
    const address = parseEmailAddress(email);
    if (!address) return { failure: 'INVALID_EMAIL' };
    const taken = await rateLimits.takeMailRequest(client);
    if ('failure' in taken) return taken;
    await mailRequests.enqueue({ kind: 'RESET_PASSWORD', emailCanonical: address.canonical }, client);
    return undefined;
  },

  /**
   * Sets a new password. Every session ends and none starts: reading one email does not log anyone in, and a second
   * factor is not skipped. The link proves ownership of the address, which is returned, and a disabled account stays
   * disabled.
   *
   * @see ASVS 6.4.3, 7.2.4
   */
  async reset(
    { token: text, newPassword }: PasswordReset,
    client: Client,
  ): Promise<{ email: string; deviceToken: string } | Failure<'INVALID_TOKEN' | 'WEAK_PASSWORD'> | RateLimited> {
    const malformed = formWeaknesses(newPassword);
    if (malformed.length > 0) return { failure: 'WEAK_PASSWORD', reasons: malformed };
    const token = await findLinkToken(text, 'RESET_PASSWORD', client);
    if ('failure' in token) return token;
    const { userId } = token;
    if (userId === null) return { failure: 'INVALID_TOKEN' };
    const personal = await store.users.find(userId);
    if (!personal) return { failure: 'INVALID_TOKEN' };
    const reasons = await passwordPolicy.weaknesses(newPassword, personal);
    if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };

    const passwordHash = await hasher.admit(client.network, (hashing) => hashing.hash(newPassword));
    const reset = await change({ kind: 'anonymous', client }, async (tx) => {
      await tx.signUps.lockAddress(token.emailCanonical);
      await tx.users.lock(userId);
      const user = await tx.users.find(userId);
      // The link proves only the address that the account had when the link was sent.
      if (user?.emailCanonical !== token.emailCanonical) return undefined;
      if (!(await tx.oneTimeTokens.consume(token.id, 'RESET_PASSWORD'))) return undefined;
      const event = { type: 'PASSWORD_RESET', subjectId: userId } as const;
      await tx.passwordCredentials.set(userId, passwordHash, event);
      const isNewlyVerified = await tx.users.markVerified(userId);
      const isCleared = isNewlyVerified && user.origin !== 'ADMINISTRATOR';
      if (isCleared) await removeStrangerData(tx, userId);
      await tx.sessions.revokeAll(userId, event);
      await tx.oneTimeTokens.voidAll(userId);
      await tx.signUps.voidAll(user.emailCanonical);
      await tx.mail.send(isCleared ? { ...user, locale: null } : user, { template: 'password-changed' });
      return { email: user.email, deviceToken: await renewDeviceTokens(tx, userId) };
    });
    return reset ?? { failure: 'INVALID_TOKEN' };
  },
});
