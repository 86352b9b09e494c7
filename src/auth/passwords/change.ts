import type { Failure } from '../../errors.js';
import type { PasswordHasher } from '../../security/passwords/password.js';
import { generateReceipt } from '../../security/tokens/one-time-token.js';
import type { Store } from '../../store/store.js';
import { isPossiblePassword } from '../../values/password-form.js';
import { actorOf } from '../audit/security-events.js';
import type { Client, UserCaller } from '../caller.js';
import { FIRST_PARTY_CLIENT_ID } from '../client-info.js';
import type { ConfirmPassword } from '../password-checks/password-confirmation.js';
import { formWeaknesses, type PasswordPolicy } from '../password-checks/password-policy.js';
import { renewDeviceTokens } from '../password-checks/device-tokens.js';
import type { RateLimited } from '../rate-limits/rate-limits.js';
import type { IssueTokens } from '../sessions/application-claims.js';
import { assertSessionLive } from '../sessions/hold-session.js';
import type { ReplacedSessions } from '../sessions/replaced-sessions.js';
import { startSession, type SessionLimits } from '../sessions/start-session.js';
import type { Tokens } from '../sessions/tokens.js';
import type { Change } from '../unit-of-work.js';

/** A new password, and the current one as proof that the owner makes the request. */
export interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
}

export const createPasswordChange = ({
  change,
  store,
  config,
  hasher,
  passwordPolicy,
  confirmPassword,
  replacedSessions,
  issueTokens,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'users'>;
  readonly config: SessionLimits;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly confirmPassword: ConfirmPassword;
  readonly replacedSessions: ReplacedSessions;
  readonly issueTokens: IssueTokens;
}) => ({
  /**
   * Changes the caller's password, ends every session including the current one, and starts a new one, so that a thief
   * who holds a copy of the current session loses it. The new password is checked before the current one, so that its
   * rejection reveals nothing about a guess.
   *
   * @param refreshToken the token in the cookie that the new session's token overwrites; it may belong to another user
   * @throws GatehouseError UNAUTHENTICATED when the session ended in the meantime
   * @see ASVS 7.2.4
   */
  async change(
    caller: UserCaller,
    { currentPassword, newPassword }: PasswordChange,
    client: Client,
    refreshToken: string | null,
  ): Promise<
    (Tokens & { readonly deviceToken: string }) | Failure<'INVALID_CREDENTIALS' | 'WEAK_PASSWORD'> | RateLimited
  > {
    if (!isPossiblePassword(currentPassword)) return { failure: 'INVALID_CREDENTIALS' };
    const malformed = formWeaknesses(newPassword);
    if (malformed.length > 0) return { failure: 'WEAK_PASSWORD', reasons: malformed };
    return hasher.admit(client.network, async (hashing) => {
      const user = await store.users.findWithCredential(caller.userId);
      if (!user) return { failure: 'INVALID_CREDENTIALS' };
      const reasons = await passwordPolicy.weaknesses(newPassword, user);
      if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };
      const confirmed = await confirmPassword(caller, currentPassword, client, { user, hashing });
      if ('failure' in confirmed) return confirmed;

      const { passwordVersion } = confirmed;
      const hash = await hashing.hash(newPassword);
      const authentication = { amr: ['pwd'], passwordVersion: passwordVersion + 1, clientId: FIRST_PARTY_CLIENT_ID };
      const proof = { caller, refreshToken };
      const owners = await replacedSessions.owners(user.id, proof);
      const started = await change(actorOf(caller, client), async (tx) => {
        await tx.signUps.lockAddress(user.emailCanonical);
        await tx.users.lockAll(owners);
        // While the hash was computed, the session may have ended, the account been removed, or the password changed.
        await assertSessionLive(tx, caller.sessionId);
        const event = { type: 'PASSWORD_CHANGED', subjectId: user.id } as const;
        if (!(await tx.passwordCredentials.change(user.id, passwordVersion, hash, event))) return undefined;
        await tx.sessions.revokeAll(user.id, event);
        await tx.oneTimeTokens.voidAll(user.id);
        // A receipt would bring back the password of an old sign-up. The sign-up's link stays valid, but requires a new
        // password.
        await tx.signUps.voidReceipts(user.emailCanonical, generateReceipt().digest);
        const replaced = await replacedSessions.find(tx, user.id, proof, client);
        const session = await startSession(tx, config, user.id, authentication, client, replaced);
        if (!session) throw new Error('a locked user is neither disabled nor deleted');
        await tx.mail.send(session.user, { template: 'password-changed' });
        return { ...session, deviceToken: await renewDeviceTokens(tx, user.id) };
      });
      if (!started) return { failure: 'INVALID_CREDENTIALS' };
      const { session, user: changed, deviceToken } = started;
      return { ...(await issueTokens(session, changed.roles, changed)), deviceToken };
    });
  },
});
