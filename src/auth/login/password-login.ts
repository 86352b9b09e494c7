import { knownRoles } from '../../app/roles.js';
import { GatehouseError, type Failure } from '../../errors.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { uuidv7 } from '../../values/uuid.js';
import type { PasswordCredentialRecord } from '../../store/tables/password-credentials.js';
import type { Rows } from '../../store/store.js';
import type { UserRecord } from '../../store/tables/users.js';
import type { Client } from '../caller.js';
import { deviceOf, networkShown } from '../client-info.js';
import type { AuthDependencies } from '../dependencies.js';
import { recordEvent } from '../audit/security-events.js';
import { hasHashableLength } from '../password-checks/policy.js';
import { createReplacedSessions, noProof, type SessionProof } from '../sessions/replaced-sessions.js';
import { FIRST_PARTY_CLIENT_ID, startSession } from '../sessions/sessions.js';
import type { Tokens } from '../sessions/tokens.js';

/** What a user types to log in. */
export interface PasswordLogin {
  readonly email: string;
  readonly password: string;
}

/** Tokens, and the user they are for. */
export interface LoggedIn extends Tokens {
  readonly user: UserRecord;
}

type LoginFailure = Failure<'INVALID_CREDENTIALS' | 'EMAIL_NOT_VERIFIED'>;

/**
 * First-party login with a password. This is not OAuth's password grant, which RFC 9700 section 2.4 forbids: no third
 * party ever sees the password.
 *
 * @param dummyHash for an address, a hash that no password fits and that costs what a stored one costs
 */
export const createLogin = (dependencies: AuthDependencies, dummyHash: (emailCanonical: string) => string) => {
  const { store, config, clock, hasher, mailQueue, principals, issueTokens } = dependencies;

  const replacedSessions = createReplacedSessions(dependencies);

  /** Tells the owner of a login from a kind of device that it has not used before. */
  const noteDevice = async (tx: Rows, user: UserRecord, client: Client): Promise<void> => {
    const device = deviceOf(client.userAgent);
    if (!(await tx.knownDevices.note(user.id, device ?? ''))) return;
    const network = networkShown(client.network);
    const message = { template: 'new-device', device, network, at: clock().toISOString() } as const;
    const letter = { to: user.email, locale: user.locale ?? client.language, message };
    await mailQueue.enqueue(tx, uuidv7(clock()), letter);
  };

  const recordFailure = (client: Client, subjectId?: string): Promise<void> =>
    store.transaction((tx) =>
      recordEvent(tx, clock(), { kind: 'anonymous', client }, { type: 'LOGIN_FAILED', subjectId }),
    );

  const refuse = async (client: Client, subjectId?: string): Promise<Failure<'INVALID_CREDENTIALS'>> => {
    await recordFailure(client, subjectId);
    return { failure: 'INVALID_CREDENTIALS' };
  };

  /** Stores the password under today's parameters. A login that is right does not fail for want of a place in the queue. */
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
     * Every way to fail costs one read, one verification and one write, whether or not there is such a user: neither the
     * answer nor its time tells a stranger who has an account. Only after the right password does it matter whether the
     * account is disabled or unverified.
     *
     * @param proof identifies the sessions that the new one replaces; a failed login ends no session
     */
    async withPassword(
      { email, password }: PasswordLogin,
      client: Client,
      proof: SessionProof = noProof,
    ): Promise<LoggedIn | LoginFailure> {
      const canonical = parseEmailAddress(email)?.canonical ?? '';
      const user = await store.users.findForLogin(canonical);
      if (!hasHashableLength(password)) return refuse(client, user?.id);

      const matches = await hasher.verify(user?.credential?.hash ?? dummyHash(canonical), password);
      if (!user?.credential || !matches || user.disabledAt) return refuse(client, user?.id);
      if (config.requireVerifiedEmail && !user.emailVerifiedAt) {
        // Public sign-up lets anybody claim an address; only what an administrator made may say that it is there.
        if (user.origin === 'SIGN_UP') return refuse(client, user.id);
        await recordFailure(client, user.id);
        return { failure: 'EMAIL_NOT_VERIFIED' };
      }

      const { credential } = user;
      const authentication = { amr: ['pwd'], authTime: clock(), clientId: FIRST_PARTY_CLIENT_ID };
      const owners = await replacedSessions.owners(user.id, proof);
      const begun = await store.transaction(async (tx) => {
        for (const owner of owners) await tx.users.lock(owner);
        // A login that verified the old password while it was being changed stops here.
        if (!(await tx.passwordCredentials.isCurrent(user.id, credential.version))) return undefined;
        const replaced = await replacedSessions.find(tx, user.id, proof, client);
        const session = await startSession(tx, dependencies, user.id, authentication, client, replaced);
        const today = await tx.users.find(user.id);
        if (!session || !today) return undefined;
        const actor = { kind: 'user', userId: user.id, client } as const;
        await recordEvent(tx, clock(), actor, { type: 'LOGIN_SUCCEEDED', subjectId: user.id, sessionId: session.id });
        await noteDevice(tx, today, client);
        return { session, user: today };
      });
      if (!begun) return refuse(client, user.id);
      for (const owner of owners) principals.forget(owner);
      mailQueue.nudge();
      await rehash(user.id, credential, password);
      return { ...issueTokens(begun.session, knownRoles(begun.user.roles)), user: begun.user };
    },
  };
};
