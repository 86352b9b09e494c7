import type { Failure } from '../../errors.js';
import type { PasswordHasher } from '../../security/passwords/password.js';
import type { Store } from '../../store/store.js';
import type { LoginRecord, UserRecord } from '../../store/tables/users.js';
import type { Client, UserCaller } from '../caller.js';
import { actorOf } from '../audit/security-events.js';
import type { Change } from '../unit-of-work.js';
import { hasHashableLength } from './policy.js';
import { PASSWORD_ATTEMPTS_PER_SESSION } from '../../values/policy.js';

/** A caller who has just shown that the account is its own. */
export interface Confirmed {
  readonly user: UserRecord;
  /** The version of the password that was shown; what is done in its name checks that it is still the one. */
  readonly passwordVersion: number;
}

/**
 * Asks a caller's password again, before what a thief at an open session must not do.
 *
 * An attempt is counted before the password is verified, so that no number of requests at once is more than five guesses.
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
  /** Records a rejected password; the last one that is allowed ends the session. */
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

  /** A password that was not looked at, because the queue is full, is no attempt: a flood must not lock the owner out. */
  const verify = async (hash: string, password: string, sessionId: string): Promise<boolean> => {
    try {
      return await hasher.verify(hash, password);
    } catch (error) {
      await store.sessions.uncountPasswordAttempt(sessionId);
      throw error;
    }
  };

  return async (caller, password, client, known) => {
    const found = known ?? (await store.users.findWithCredential(caller.userId));
    if (!found?.credential) return { failure: 'INVALID_CREDENTIALS' };
    // The hash goes no further: whatever a flow returns or exports of the user cannot contain it.
    const { credential, ...user } = found;
    const attempts = await store.sessions.countPasswordAttempt(caller.sessionId, PASSWORD_ATTEMPTS_PER_SESSION);
    if (attempts === undefined) return { failure: 'INVALID_CREDENTIALS' };
    const matches = hasHashableLength(password) && (await verify(credential.hash, password, caller.sessionId));
    if (!matches) return reject(caller, attempts, client);
    await store.sessions.forgivePasswordAttempts(caller.sessionId);
    return { user, passwordVersion: credential.version };
  };
};
