import type { Failure } from '../../errors.js';
import type { PasswordHasher } from '../../security/passwords/password.js';
import type { Store } from '../../store/store.js';
import type { LoginRecord, UserRecord } from '../../store/tables/users.js';
import { isPossiblePassword } from '../../values/password-form.js';
import { PASSWORD_ATTEMPTS_PER_SESSION } from '../../values/policy.js';
import { actorOf } from '../audit/security-events.js';
import type { Client, UserCaller } from '../caller.js';
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
  known?: LoginRecord,
) => Promise<Confirmed | Failure<'INVALID_CREDENTIALS'>>;

export const createConfirmPassword = ({
  change,
  store,
  hasher,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'users' | 'sessions'>;
  readonly hasher: PasswordHasher;
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
  const verify = async (hash: string, password: string, sessionId: string): Promise<boolean> => {
    try {
      return await hasher.verify(hash, password);
    } catch (error) {
      await store.sessions.uncountPasswordAttempt(sessionId);
      throw error;
    }
  };

  return async (caller, password, client, known) => {
    if (!isPossiblePassword(password)) return { failure: 'INVALID_CREDENTIALS' };
    const found = known ?? (await store.users.findWithCredential(caller.userId));
    if (!found?.credential) return { failure: 'INVALID_CREDENTIALS' };
    // The hash is removed here, so that nothing that a flow returns or exports about the user can contain it.
    const { credential, ...user } = found;
    const attempts = await store.sessions.countPasswordAttempt(caller.sessionId, PASSWORD_ATTEMPTS_PER_SESSION);
    if (attempts === undefined) return { failure: 'INVALID_CREDENTIALS' };
    if (!(await verify(credential.hash, password, caller.sessionId))) return reject(caller, attempts, client);
    await store.sessions.resetPasswordAttempts(caller.sessionId);
    return { user, passwordVersion: credential.version };
  };
};
