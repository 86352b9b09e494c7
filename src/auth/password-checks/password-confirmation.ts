import type { Failure } from '../../errors.js';
import type { Hashing, PasswordHasher } from '../../security/passwords/password.js';
import type { Store } from '../../store/store.js';
import type { LoginRecord, UserRecord } from '../../store/tables/users.js';
import { isPossiblePassword } from '../../values/password-form.js';
import { PASSWORD_ATTEMPTS_PER_SESSION } from '../../values/policy.js';
import { actorOf } from '../audit/security-events.js';
import type { Client, UserCaller } from '../caller.js';
import { giveBackIfThrown } from '../rate-limits/counters.js';
import type { RateLimited, RateLimits } from '../rate-limits/rate-limits.js';
import type { Change } from '../unit-of-work.js';

/** A caller who has just proved ownership of the account with the password. */
export interface Confirmed {
  readonly user: UserRecord;
  /** The version of the password that was verified. A change that relies on it checks that it is still current. */
  readonly passwordVersion: number;
}

/**
 * Verifies the caller's password again, before an action that a thief with an open session must not be able to perform.
 *
 * An attempt is counted before the password is verified, so that any number of concurrent requests makes at most five
 * guesses. A text that cannot be a password is no guess: it is rejected before any row is read, and is not counted.
 */
export type ConfirmPassword = (
  caller: UserCaller,
  password: string,
  client: Client,
  known?: { readonly user: LoginRecord; readonly hashing: Hashing },
) => Promise<Confirmed | Failure<'INVALID_CREDENTIALS'> | RateLimited>;

export const createConfirmPassword = ({
  change,
  store,
  hasher,
  rateLimits,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'users' | 'passwordAttempts'>;
  readonly hasher: PasswordHasher;
  readonly rateLimits: RateLimits;
}): ConfirmPassword => {
  /** Records a rejected password. The last allowed attempt ends the session. */
  const reject = async (
    caller: UserCaller,
    attempts: number,
    client: Client,
  ): Promise<Failure<'INVALID_CREDENTIALS'>> => {
    const { userId, sessionId } = caller;
    const event = { type: 'PASSWORD_REJECTED', subjectId: userId, sessionId, detail: { attempts } } as const;
    await change(actorOf(caller, client), async (tx) => {
      tx.audit.record(event);
      if (attempts >= PASSWORD_ATTEMPTS_PER_SESSION) await tx.sessions.revoke(sessionId, event);
    });
    return { failure: 'INVALID_CREDENTIALS' };
  };

  /**
   * A password that was not verified, because the queue is full, does not count: a flood must not lock the owner out.
   */
  const verify = async (hashing: Hashing, hash: string, password: string, sessionId: string): Promise<boolean> => {
    try {
      return await hashing.verify(hash, password);
    } catch (error) {
      await store.passwordAttempts.uncount(sessionId);
      throw error;
    }
  };

  const confirm = async (
    hashing: Hashing,
    caller: UserCaller,
    { credential, ...user }: LoginRecord,
    password: string,
    client: Client,
  ): Promise<Confirmed | Failure<'INVALID_CREDENTIALS'>> => {
    if (!credential) return { failure: 'INVALID_CREDENTIALS' };
    const attempts = await store.passwordAttempts.count(caller.sessionId, PASSWORD_ATTEMPTS_PER_SESSION);
    if (attempts === undefined) return { failure: 'INVALID_CREDENTIALS' };
    if (!(await verify(hashing, credential.hash, password, caller.sessionId))) return reject(caller, attempts, client);
    await store.passwordAttempts.reset(caller.sessionId);
    // The hash is not part of the result, so that nothing that a flow returns or exports about the user can contain it.
    return { user, passwordVersion: credential.version };
  };

  const confirmCounted = async (
    hashing: Hashing,
    caller: UserCaller,
    user: LoginRecord | undefined,
    password: string,
    client: Client,
  ) => {
    if (!user) return { failure: 'INVALID_CREDENTIALS' } as const;
    const attempt = await rateLimits.takePassword(user.emailCanonical, client);
    if ('failure' in attempt) return attempt;
    const result = await giveBackIfThrown(attempt, () => confirm(hashing, caller, user, password, client));
    if (!('failure' in result)) await attempt.giveBack();
    return result;
  };

  return async (caller, password, client, known) => {
    if (!isPossiblePassword(password)) return { failure: 'INVALID_CREDENTIALS' };
    if (known) return confirmCounted(known.hashing, caller, known.user, password, client);
    return hasher.admit(client.network, async (hashing) => {
      const user = await store.users.findWithCredential(caller.userId);
      return confirmCounted(hashing, caller, user, password, client);
    });
  };
};
