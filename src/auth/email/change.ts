import type { Failure } from '../../errors.js';
import { StoreConflict } from '../../store/errors.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { isPossiblePassword } from '../../values/password-form.js';
import { actorOf } from '../audit/security-events.js';
import type { Client, UserCaller } from '../caller.js';
import type { FindLinkToken } from '../email-links/link-token.js';
import type { MailRequests } from '../email-links/mail-requests.js';
import type { ConfirmPassword } from '../password-checks/password-confirmation.js';
import type { RateLimited, RateLimits } from '../rate-limits/rate-limits.js';
import { holdSession } from '../sessions/hold-session.js';
import type { Change } from '../unit-of-work.js';

/** The new address, and the password as proof that the owner makes the request. */
export interface EmailChange {
  readonly newEmail: string;
  readonly password: string;
}

type RequestFailure = Failure<'INVALID_CREDENTIALS' | 'INVALID_EMAIL' | 'RATE_LIMITED'>;

/**
 * Changes an account's address: the owner requests the change, a link sent to the new address proves ownership of it,
 * and the old address is notified.
 */
export const createEmailChange = ({
  change,
  rateLimits,
  mailRequests,
  confirmPassword,
  findLinkToken,
}: {
  readonly change: Change;
  readonly rateLimits: RateLimits;
  readonly mailRequests: MailRequests;
  readonly confirmPassword: ConfirmPassword;
  readonly findLinkToken: FindLinkToken;
}) => ({
  /**
   * Requests the link. The result is the same for an address that belongs to another account.
   *
   * @throws GatehouseError UNAUTHENTICATED when the session ended in the meantime
   */
  async request(
    caller: UserCaller,
    { newEmail, password }: EmailChange,
    client: Client,
  ): Promise<RequestFailure | undefined> {
    const address = parseEmailAddress(newEmail);
    if (!address) return { failure: 'INVALID_EMAIL' };
    if (!isPossiblePassword(password)) return { failure: 'INVALID_CREDENTIALS' };
    const taken = await rateLimits.takeMailRequest(client);
    if ('failure' in taken) return taken;
    const confirmed = await confirmPassword(caller, password, client);
    if ('failure' in confirmed) return confirmed;
    const { spelling: email, canonical: emailCanonical } = address;
    const { user, passwordVersion } = confirmed;
    const proof = { userId: user.id, sessionId: caller.sessionId, passwordVersion };
    await change(actorOf(caller, client), async (tx) => {
      await holdSession(tx, caller);
      await mailRequests.enqueue({ kind: 'CHANGE_EMAIL', ...proof, email, emailCanonical }, client, tx);
    });
    return undefined;
  },

  /**
   * Sets the account's address to the one the link was sent to, and returns it. Every other link of the account becomes
   * invalid.
   */
  async confirm(text: string, client: Client): Promise<{ email: string } | Failure<'INVALID_TOKEN'> | RateLimited> {
    const token = await findLinkToken(text, 'CHANGE_EMAIL', client);
    if ('failure' in token) return token;
    const { userId, newEmail, emailCanonical } = token;
    if (userId === null) return { failure: 'INVALID_TOKEN' };
    const changed = change({ kind: 'anonymous', client }, async (tx) => {
      await tx.signUps.lockAddress(emailCanonical);
      await tx.users.lock(userId);
      if (!(await tx.oneTimeTokens.consume(token.id, 'CHANGE_EMAIL'))) return undefined;
      const user = await tx.users.find(userId);
      if (!user || newEmail === null) return undefined;
      await tx.oneTimeTokens.voidAll(userId);
      await tx.users.changeEmail(userId, newEmail, emailCanonical);
      tx.principals.changed(userId);
      await tx.signUps.voidAll(emailCanonical);
      tx.audit.record({ type: 'EMAIL_CHANGED', subjectId: userId });
      await tx.mail.send(user, { template: 'email-changed', newEmail });
      return newEmail;
    });
    // Somebody else has verified the address in the meantime, so the link is no longer valid.
    const email = await changed.catch((error: unknown) => {
      if (error instanceof StoreConflict) return undefined;
      throw error;
    });
    return email === undefined ? { failure: 'INVALID_TOKEN' } : { email };
  },
});
