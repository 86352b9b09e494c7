import type { Config } from '../../config/config.js';
import { GatehouseError, type Failure } from '../../errors.js';
import type { Hashing, PasswordHasher } from '../../security/passwords/password.js';
import type { Store } from '../../store/store.js';
import type { PasswordCredentialRecord } from '../../store/tables/password-credentials.js';
import type { UserRecord } from '../../store/tables/users.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { isPossiblePassword } from '../../values/password-form.js';
import type { Client } from '../caller.js';
import { deviceOf, FIRST_PARTY_CLIENT_ID, networkShown } from '../client-info.js';
import { giveBackIfThrown, type Attempt } from '../rate-limits/counters.js';
import { issueDeviceToken, type DeviceTokens } from '../password-checks/device-tokens.js';
import type { RateLimited, RateLimits } from '../rate-limits/rate-limits.js';
import type { IssueTokens } from '../sessions/application-claims.js';
import type { ReplacedSessions, SessionProof } from '../sessions/replaced-sessions.js';
import { startSession, type SessionLimits } from '../sessions/start-session.js';
import type { Tokens } from '../sessions/tokens.js';
import type { Change, UnitOfWork } from '../unit-of-work.js';

export interface PasswordLogin {
  readonly email: string;
  readonly password: string;
  /** From an earlier login on the same device. */
  readonly deviceToken?: string | null;
}

export interface LoggedIn extends Tokens {
  readonly user: UserRecord;
  readonly deviceToken: string;
}

type LoginFailure = Failure<'INVALID_CREDENTIALS' | 'EMAIL_NOT_VERIFIED'>;

/** An attempt of the account, or of a device of its owner. */
interface LoginAttempt extends Attempt {
  readonly deviceTokenId?: string;
}

/** Notifies the owner of a login from a kind of device that is new to the account. */
const reportNewDevice = async (tx: UnitOfWork, user: UserRecord, client: Client): Promise<void> => {
  const device = deviceOf(client.userAgent);
  if (!(await tx.knownDevices.recordLogin(user.id, device))) return;
  const network = networkShown(client.network);
  await tx.mail.send(user, { template: 'new-device', device, network, at: tx.now.toISOString() });
};

/**
 * First-party login with a password. This is not OAuth's password grant, which RFC 9700 section 2.4 forbids: no third
 * party ever sees the password.
 */
export const createPasswordLogin = ({
  change,
  store,
  config,
  hasher,
  rateLimits,
  deviceTokens,
  dummyHash,
  replacedSessions,
  issueTokens,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'users' | 'passwordCredentials'>;
  readonly config: SessionLimits & Pick<Config, 'requireVerifiedEmail'>;
  readonly hasher: PasswordHasher;
  readonly rateLimits: RateLimits;
  readonly deviceTokens: DeviceTokens;
  /** Returns a hash for an address that no password matches and that costs as much to verify as a stored one. */
  readonly dummyHash: (emailCanonical: string) => string;
  readonly replacedSessions: ReplacedSessions;
  readonly issueTokens: IssueTokens;
}) => {
  const recordFailure = (client: Client, subjectId?: string): Promise<void> =>
    change({ kind: 'anonymous', client }, (tx) => {
      tx.audit.record({ type: 'LOGIN_FAILED', subjectId });
      return Promise.resolve();
    });

  const reject = async (client: Client, subjectId?: string): Promise<Failure<'INVALID_CREDENTIALS'>> => {
    await recordFailure(client, subjectId);
    return { failure: 'INVALID_CREDENTIALS' };
  };

  /** Hashes the password with the current parameters. A correct login must not fail because the hash queue is full. */
  const rehash = async (
    hashing: Hashing,
    userId: string,
    { hash, version }: PasswordCredentialRecord,
    password: string,
  ): Promise<void> => {
    if (!hasher.needsRehash(hash)) return;
    try {
      await store.passwordCredentials.rehash(userId, version, await hashing.hash(password));
    } catch (error) {
      if (!(error instanceof GatehouseError && error.code === 'SERVER_BUSY')) throw error;
    }
  };

  /**
   * Takes an attempt of the account. When others have exhausted it, a device from which the owner has logged in before still
   * has attempts of its own. The device token is read only then, by its own id, so that its lookup reveals nothing.
   */
  const takeAttempt = async (
    emailCanonical: string,
    deviceToken: string | null,
    client: Client,
  ): Promise<LoginAttempt | RateLimited> => {
    const attempt = await rateLimits.takePassword(emailCanonical, client);
    if (!('failure' in attempt) || attempt.by === 'network') return attempt;
    const deviceTokenId = await deviceTokens.find(deviceToken, emailCanonical);
    if (deviceTokenId === undefined) return attempt;
    const onDevice = await rateLimits.takePasswordOnDevice(deviceTokenId, emailCanonical, client);
    return 'failure' in onDevice ? attempt : { ...onDevice, deviceTokenId };
  };

  const logIn = async (
    hashing: Hashing,
    canonical: string,
    { password, deviceToken = null }: PasswordLogin,
    client: Client,
    proof: SessionProof,
  ): Promise<LoggedIn | LoginFailure> => {
    const found = await store.users.findForLogin(canonical);
    const matches = await hashing.verify(found?.credential?.hash ?? dummyHash(canonical), password);
    if (!found?.credential || !matches || found.disabledAt) return reject(client, found?.id);
    if (config.requireVerifiedEmail && !found.emailVerifiedAt) {
      // Anyone can sign up with any address, so only an account that an administrator created may be disclosed.
      if (found.origin === 'SIGN_UP') return reject(client, found.id);
      await recordFailure(client, found.id);
      return { failure: 'EMAIL_NOT_VERIFIED' };
    }

    const { id: userId, credential } = found;
    const authentication = { amr: ['pwd'], passwordVersion: credential.version, clientId: FIRST_PARTY_CLIENT_ID };
    const owners = await replacedSessions.owners(userId, proof);
    const started = await change({ kind: 'user', userId, client }, async (tx) => {
      await tx.users.lockAll(owners);
      const replaced = await replacedSessions.find(tx, userId, proof, client);
      const { session, user } = (await startSession(tx, config, userId, authentication, client, replaced)) ?? {};
      // A login that verified the old password while it was being changed stops here.
      if (!session || !user) return undefined;
      tx.audit.record({
        type: 'LOGIN_SUCCEEDED',
        subjectId: userId,
        sessionId: session.id,
        detail: { amr: session.amr },
      });
      await reportNewDevice(tx, user, client);
      return { session, user, deviceToken: await issueDeviceToken(tx, userId, deviceToken) };
    });
    if (!started) return reject(client, userId);
    await rehash(hashing, userId, credential, password);
    const { session, user } = started;
    return { ...(await issueTokens(session, user.roles, user)), user, deviceToken: started.deviceToken };
  };

  return {
    /**
     * Every failure costs one read, one verification and one write, whether or not the user exists, so that neither the
     * response nor its timing tells a stranger who has an account. Only after the correct password does it matter
     * whether the account is disabled or unverified.
     *
     * The attempt is counted before the password is verified, so that no number of concurrent requests makes more guesses
     * than the limit allows. Only a wrong password uses it up.
     *
     * A text that is no address, or cannot be a password, is rejected by its form alone, without a read or a write: that
     * reveals nothing about any account.
     *
     * @param proof identifies the sessions that the new one replaces; a failed login ends no session
     * @throws GatehouseError SERVER_BUSY, before anything was read or counted
     */
    async withPassword(
      login: PasswordLogin,
      client: Client,
      proof: SessionProof,
    ): Promise<LoggedIn | LoginFailure | RateLimited> {
      const canonical = parseEmailAddress(login.email)?.canonical;
      if (canonical === undefined || !isPossiblePassword(login.password)) return { failure: 'INVALID_CREDENTIALS' };
      return hasher.admit(client.network, async (hashing) => {
        const attempt = await takeAttempt(canonical, login.deviceToken ?? null, client);
        if ('failure' in attempt) return attempt;
        const result = await giveBackIfThrown(attempt, () => logIn(hashing, canonical, login, client, proof));
        if (!('failure' in result && result.failure === 'INVALID_CREDENTIALS')) await attempt.giveBack();
        else if (attempt.deviceTokenId !== undefined) await deviceTokens.countFailure(attempt.deviceTokenId);
        return result;
      });
    },
  };
};
