import { knownRoles } from '../app/roles.js';
import type { Failure } from '../errors.js';
import type { Client, UserCaller } from './caller.js';
import type { AuthDependencies } from './dependencies.js';
import { actorOf, record } from './events.js';
import { isHashable, weaknesses } from './password-policy.js';
import { FIRST_PARTY_CLIENT_ID, startSession } from './sessions.js';
import type { Tokens } from './tokens.js';

/** So many wrong passwords inside one session end it: whoever sits there is not its owner. */
const PASSWORD_FAILURES_PER_SESSION = 5;

/** A new password, and the present one as proof that its owner asks. */
export interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
}

export const createPasswords = (dependencies: AuthDependencies) => {
  const { store, config, clock, hasher, issueTokens } = dependencies;

  const reject = async (caller: UserCaller, client: Client): Promise<Failure<'INVALID_CREDENTIALS'>> =>
    store.transaction(async (tx) => {
      const count = await tx.sessions.countPasswordFailure(caller.sessionId);
      if (count >= PASSWORD_FAILURES_PER_SESSION) await tx.sessions.revoke(caller.sessionId);
      const subject = { subjectId: caller.userId, sessionId: caller.sessionId };
      await record(tx, clock(), actorOf(caller, client), { type: 'PASSWORD_REJECTED', ...subject, detail: { count } });
      return { failure: 'INVALID_CREDENTIALS' };
    });

  return {
    /**
     * Changes the caller's password, ends every session, this one too, and begins a new one: a thief who holds a copy
     * of this very session loses it.
     *
     * @see ASVS 7.2.4
     */
    async change(
      caller: UserCaller,
      { currentPassword, newPassword }: PasswordChange,
      client: Client,
    ): Promise<Tokens | Failure<'INVALID_CREDENTIALS' | 'WEAK_PASSWORD'>> {
      const [user, credential] = await Promise.all([
        store.users.find(caller.userId),
        store.credentials.find(caller.userId),
      ]);
      if (!user || !credential || !isHashable(currentPassword)) return reject(caller, client);
      if (!(await hasher.verify(credential.hash, currentPassword))) return reject(caller, client);

      const reasons = weaknesses(newPassword, config.passwordMinLength, user);
      if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };

      const hash = await hasher.hash(newPassword);
      const authentication = { amr: ['pwd'], authTime: clock(), clientId: FIRST_PARTY_CLIENT_ID };
      const begun = await store.transaction(async (tx) => {
        // What was taken away while the hash was made stays away: the session, the account, the old password.
        await tx.users.lock(user.id);
        if (!(await tx.sessions.isLive(caller.sessionId))) return undefined;
        if (!(await tx.credentials.change(user.id, credential.version, hash))) return undefined;
        const count = await tx.sessions.revokeAll(user.id);
        await tx.oneTimeTokens.voidAll(user.id);
        const event = { type: 'PASSWORD_CHANGED', subjectId: user.id, detail: { count } } as const;
        await record(tx, clock(), actorOf(caller, client), event);
        const session = await startSession(tx, dependencies, user.id, authentication, client);
        const today = await tx.users.find(user.id);
        if (!session || !today) throw new Error('a locked user is neither disabled nor deleted');
        return { session, roles: knownRoles(today.roles) };
      });
      return begun ? issueTokens(begun.session, begun.roles) : { failure: 'INVALID_CREDENTIALS' };
    },
  };
};
