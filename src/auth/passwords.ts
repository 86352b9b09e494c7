import { knownRoles } from '../app/roles.js';
import type { Failure } from '../errors.js';
import type { Client, UserCaller } from './caller.js';
import type { AuthDependencies } from './dependencies.js';
import { actorOf, record } from './events.js';
import { isHashable, weaknesses } from './password-policy.js';
import { FIRST_PARTY_CLIENT_ID, startSession } from './sessions.js';
import type { Tokens } from './tokens.js';

/** So many wrong passwords inside one session end it: whoever sits there is not its owner. */
const PASSWORD_ATTEMPTS_PER_SESSION = 5;

/** A new password, and the present one as proof that its owner asks. */
export interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
}

export const createPasswords = (dependencies: AuthDependencies) => {
  const { store, config, clock, hasher, principals, issueTokens } = dependencies;

  /** Puts a refused password on record; at the last one that is allowed, the session ends. */
  const reject = async (
    caller: UserCaller,
    attempts: number,
    client: Client,
  ): Promise<Failure<'INVALID_CREDENTIALS'>> => {
    await store.transaction(async (tx) => {
      if (attempts >= PASSWORD_ATTEMPTS_PER_SESSION) await tx.sessions.revoke(caller.sessionId);
      const event = { type: 'PASSWORD_REJECTED', subjectId: caller.userId, sessionId: caller.sessionId } as const;
      await record(tx, clock(), actorOf(caller, client), { ...event, detail: { attempts } });
    });
    principals.forget(caller.userId);
    return { failure: 'INVALID_CREDENTIALS' };
  };

  return {
    /**
     * Changes the caller's password, ends every session, this one too, and begins a new one: a thief who holds a copy
     * of this very session loses it.
     *
     * An attempt is counted before the password is verified, so that no number of requests at once is more than five
     * guesses; and the new password is judged before the present one, so that its refusal says nothing of a guess.
     *
     * @see ASVS 7.2.4
     */
    async change(
      caller: UserCaller,
      { currentPassword, newPassword }: PasswordChange,
      client: Client,
    ): Promise<Tokens | Failure<'INVALID_CREDENTIALS' | 'WEAK_PASSWORD'>> {
      const user = await store.users.find(caller.userId);
      const credential = await store.credentials.find(caller.userId);
      if (!user || !credential) return { failure: 'INVALID_CREDENTIALS' };
      const reasons = weaknesses(newPassword, config.passwordMinLength, user);
      if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };

      const attempts = await store.sessions.countPasswordAttempt(caller.sessionId, PASSWORD_ATTEMPTS_PER_SESSION);
      if (attempts === undefined) return { failure: 'INVALID_CREDENTIALS' };
      const matches = isHashable(currentPassword) && (await hasher.verify(credential.hash, currentPassword));
      if (!matches) return reject(caller, attempts, client);

      const hash = await hasher.hash(newPassword);
      const authentication = { amr: ['pwd'], authTime: clock(), clientId: FIRST_PARTY_CLIENT_ID };
      const begun = await store.transaction(async (tx) => {
        // What was taken away while the hash was made stays away: the session, the account, the old password.
        await tx.users.lock(user.id);
        if (!(await tx.sessions.isLive(caller.sessionId))) return undefined;
        if (!(await tx.credentials.change(user.id, credential.version, hash))) return undefined;
        const count = await tx.sessions.revokeAll(user.id);
        // Before its address is proved the account is whoever's signed up; they do not void the owner's proof.
        if (user.emailVerifiedAt) await tx.oneTimeTokens.voidAll(user.id);
        const event = { type: 'PASSWORD_CHANGED', subjectId: user.id, detail: { count } } as const;
        await record(tx, clock(), actorOf(caller, client), event);
        const session = await startSession(tx, dependencies, user.id, authentication, client);
        const today = await tx.users.find(user.id);
        if (!session || !today) throw new Error('a locked user is neither disabled nor deleted');
        return { session, roles: knownRoles(today.roles) };
      });
      principals.forget(user.id);
      return begun ? issueTokens(begun.session, begun.roles) : { failure: 'INVALID_CREDENTIALS' };
    },
  };
};
