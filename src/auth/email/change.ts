import type { Failure } from '../../errors.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { uuidv7 } from '../../values/uuid.js';
import { StoreConflict } from '../../store/errors.js';
import type { Client, UserCaller } from '../caller.js';
import type { AuthDependencies } from '../dependencies.js';
import { recordEvent } from '../audit/security-events.js';
import { findLinkToken } from '../email-links/link-token.js';
import { holdSession } from '../sessions/sessions.js';

/** Where mail shall go from now on, and the password as proof that its owner asks. */
export interface EmailChange {
  readonly newEmail: string;
  readonly password: string;
}

type RequestFailure = Failure<'INVALID_CREDENTIALS' | 'INVALID_EMAIL' | 'RATE_LIMITED'>;

/** Another address for an account: asked for by its owner, proved by a mail to the new one, told to the old one. */
export const createEmailChange = (dependencies: AuthDependencies) => {
  const { store, clock, mailQueue, principals, rateLimits, mailRequests, confirmPassword } = dependencies;
  return {
    /**
     * Asks for the link. The answer is the same for an address that somebody else has.
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
      const retryAfterSeconds = await rateLimits.mailRequest(client);
      if (retryAfterSeconds > 0) return { failure: 'RATE_LIMITED', retryAfterSeconds };
      const confirmed = await confirmPassword(caller, password, client);
      if ('failure' in confirmed) return confirmed;
      const { spelling: email, canonical: emailCanonical } = address;
      const { user, passwordVersion } = confirmed;
      const proof = { userId: user.id, sessionId: caller.sessionId, passwordVersion };
      const request = { kind: 'CHANGE_EMAIL', ...proof, email, emailCanonical } as const;
      await store.transaction(async (tx) => {
        await holdSession(tx, caller);
        await mailRequests.ask(request, client, tx);
      });
      return undefined;
    },

    /** Gives the account the address that the link was sent to. Every other link of the account is void. */
    async confirm(text: string, client: Client): Promise<Failure<'INVALID_TOKEN'> | undefined> {
      const token = await findLinkToken(store, text, 'CHANGE_EMAIL');
      if (!token?.userId) return { failure: 'INVALID_TOKEN' };
      const { userId, newEmail, emailCanonical } = token;
      const changed = store.transaction(async (tx) => {
        await tx.signUps.takeTurn(emailCanonical);
        await tx.users.lock(userId);
        if (!(await tx.oneTimeTokens.consume(token.id, 'CHANGE_EMAIL'))) return false;
        const user = await tx.users.find(userId);
        if (!user || newEmail === null) return false;
        await tx.oneTimeTokens.voidAll(userId);
        await tx.users.changeEmail(userId, newEmail, emailCanonical);
        await tx.signUps.voidAll(emailCanonical);
        await recordEvent(tx, clock(), { kind: 'anonymous', client }, { type: 'EMAIL_CHANGED', subjectId: userId });
        const letter = { to: user.email, locale: user.locale ?? client.language };
        await mailQueue.enqueue(tx, uuidv7(clock()), { ...letter, message: { template: 'email-changed', newEmail } });
        return true;
      });
      // Somebody else has proved the address in the meantime; the link is good for nothing any more.
      const isChanged = await changed.catch((error: unknown) => {
        if (error instanceof StoreConflict) return false;
        throw error;
      });
      if (!isChanged) return { failure: 'INVALID_TOKEN' };
      principals.forget(userId);
      mailQueue.nudge();
      return undefined;
    },
  };
};
