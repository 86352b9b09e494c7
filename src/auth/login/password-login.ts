import { knownRoles } from '../../values/roles.js';
import type { Config } from '../../config/config.js';
import { GatehouseError, type Failure } from '../../errors.js';
import type { PasswordHasher } from '../../security/passwords/password.js';
import type { Store } from '../../store/store.js';
import type { PasswordCredentialRecord } from '../../store/tables/password-credentials.js';
import type { UserRecord } from '../../store/tables/users.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { isPossiblePassword } from '../../values/password-form.js';
import type { Client } from '../caller.js';
import { deviceOf, FIRST_PARTY_CLIENT_ID, networkShown } from '../client-info.js';
import type { ReplacedSessions, SessionProof } from '../sessions/replaced-sessions.js';
import { startSession, type SessionLimits } from '../sessions/start-session.js';
import type { IssueTokens, Tokens } from '../sessions/tokens.js';
import type { Change, UnitOfWork } from '../unit-of-work.js';

export interface PasswordLogin {
  readonly email: string;
  readonly password: string;
}

export interface LoggedIn extends Tokens {
  readonly user: UserRecord;
}

type LoginFailure = Failure<'INVALID_CREDENTIALS' | 'EMAIL_NOT_VERIFIED'>;

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
  dummyHash,
  replacedSessions,
  issueTokens,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'users' | 'passwordCredentials'>;
  readonly config: SessionLimits & Pick<Config, 'requireVerifiedEmail'>;
  readonly hasher: PasswordHasher;
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
    userId: string,
    { hash, version }: PasswordCredentialRecord,
    password: string,
  ): Promise<void> => {
    if (!hasher.needsRehash(hash)) return;
    try {
      await store.passwordCredentials.rehash(userId, version, await hasher.hash(password));
    } catch (error) {
      if (!(error instanceof GatehouseError && error.code === 'SERVER_BUSY')) throw error;
    }
  };

  return {
    /**
     * Every failure costs one read, one verification and one write, whether or not the user exists, so that neither the
     * response nor its timing tells a stranger who has an account. Only after the correct password does it matter
     * whether the account is disabled or unverified.
     *
     * A text that is no address, or cannot be a password, is rejected by its form alone, without a read or a write: that
     * reveals nothing about any account.
     *
     * @param proof identifies the sessions that the new one replaces; a failed login ends no session
     */
    async withPassword(
      { email, password }: PasswordLogin,
      client: Client,
      proof: SessionProof,
    ): Promise<LoggedIn | LoginFailure> {
      const canonical = parseEmailAddress(email)?.canonical;
      if (canonical === undefined || !isPossiblePassword(password)) return { failure: 'INVALID_CREDENTIALS' };
      const found = await store.users.findForLogin(canonical);
      const matches = await hasher.verify(found?.credential?.hash ?? dummyHash(canonical), password);
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
        tx.audit.record({ type: 'LOGIN_SUCCEEDED', subjectId: userId, sessionId: session.id });
        await reportNewDevice(tx, user, client);
        return { session, user };
      });
      if (!started) return reject(client, userId);
      await rehash(userId, credential, password);
      const { session, user } = started;
      return { ...issueTokens(session, knownRoles(user.roles)), user };
    },
  };
};
