import { knownRoles } from '../../app/roles.js';
import type { Failure } from '../../errors.js';
import { generateReceipt } from '../../security/tokens/one-time-token.js';
import { uuidv7 } from '../../values/uuid.js';
import type { Client, UserCaller } from '../caller.js';
import type { AuthDependencies } from '../dependencies.js';
import { actorOf, recordEvent } from '../audit/security-events.js';
import { createReplacedSessions } from '../sessions/replaced-sessions.js';
import { FIRST_PARTY_CLIENT_ID, holdSession, startSession } from '../sessions/sessions.js';
import type { Tokens } from '../sessions/tokens.js';

/** A new password, and the present one as proof that its owner asks. */
export interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
}

export const createPasswordChange = (dependencies: AuthDependencies) => {
  const { store, clock, hasher, passwordPolicy, mailQueue, principals, confirmPassword, issueTokens } = dependencies;
  const replacedSessions = createReplacedSessions(dependencies);
  return {
    /**
     * Changes the caller's password, ends every session, this one too, and begins a new one: a thief who holds a copy
     * of this very session loses it. The new password is judged before the present one, so that its refusal says nothing
     * of a guess.
     *
     * @param refreshToken the token in the cookie that the new session's token overwrites; it may belong to another user
     * @throws GatehouseError UNAUTHENTICATED when the session ended in the meantime
     * @see ASVS 7.2.4
     */
    async change(
      caller: UserCaller,
      { currentPassword, newPassword }: PasswordChange,
      client: Client,
      refreshToken: string | null = null,
    ): Promise<Tokens | Failure<'INVALID_CREDENTIALS' | 'WEAK_PASSWORD'>> {
      const personal = await store.users.find(caller.userId);
      if (!personal) return { failure: 'INVALID_CREDENTIALS' };
      const reasons = await passwordPolicy.weaknesses(newPassword, personal);
      if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };
      const confirmed = await confirmPassword(caller, currentPassword, client);
      if ('failure' in confirmed) return confirmed;

      const { user, passwordVersion } = confirmed;
      const hash = await hasher.hash(newPassword);
      const authentication = { amr: ['pwd'], authTime: clock(), clientId: FIRST_PARTY_CLIENT_ID };
      const proof = { caller, refreshToken };
      const owners = await replacedSessions.owners(user.id, proof);
      const begun = await store.transaction(async (tx) => {
        await tx.signUps.takeTurn(user.emailCanonical);
        for (const owner of owners) await tx.users.lock(owner);
        // What was taken away while the hash was made stays away: the session, the account, the old password.
        await holdSession(tx, caller);
        if (!(await tx.passwordCredentials.change(user.id, passwordVersion, hash))) return undefined;
        const count = await tx.sessions.revokeAll(user.id);
        await tx.oneTimeTokens.voidAll(user.id);
        // The password of a sign-up would come back with its receipt. Its link stays good, and asks for another password.
        await tx.signUps.voidReceipts(user.emailCanonical, generateReceipt().digest);
        const event = { type: 'PASSWORD_CHANGED', subjectId: user.id, detail: { count } } as const;
        await recordEvent(tx, clock(), actorOf(caller, client), event);
        const replaced = await replacedSessions.find(tx, user.id, proof, client);
        const session = await startSession(tx, dependencies, user.id, authentication, client, replaced);
        const today = await tx.users.find(user.id);
        if (!session || !today) throw new Error('a locked user is neither disabled nor deleted');
        const message = { template: 'password-changed' } as const;
        const letter = { to: today.email, locale: today.locale ?? client.language, message };
        await mailQueue.enqueue(tx, uuidv7(clock()), letter);
        return { session, roles: knownRoles(today.roles) };
      });
      for (const owner of owners) principals.forget(owner);
      if (!begun) return { failure: 'INVALID_CREDENTIALS' };
      mailQueue.nudge();
      return issueTokens(begun.session, begun.roles);
    },
  };
};
