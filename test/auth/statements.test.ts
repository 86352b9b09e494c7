import pg from 'pg';

import type { UserCaller } from '../../src/auth/caller.js';
import { generateOneTimeToken } from '../../src/security/tokens/one-time-token.js';
import type { TokenPurpose } from '../../src/store/tables/one-time-tokens.js';
import { uuidv7 } from '../../src/values/uuid.js';
import { PASSWORD } from '../support/app.js';
import { client, startCore, type TestCore, noProof } from '../support/core.js';
import { postgresUrl } from '../support/database.js';

const NEW_PASSWORD = 'an entirely different one';
const SYSTEM = { kind: 'system' } as const;

/** Statements of the principal cache's echo and of a new connection, which belong to no operation. */
const background = /pg_notify|set_config|^SET |LISTEN/;

if (postgresUrl !== undefined) {
  let core: TestCore;
  /** The same with a hook. */
  let hooked: TestCore;
  let statements: string[] = [];
  let users = 0;

  beforeAll(async () => {
    core = await startCore({}, undefined, false);
    hooked = await startCore({}, undefined, false, { hooks: { accessTokenClaims: () => ({ plan: 'pro' }) } });
    const { prototype } = pg.Client;
    const query = Reflect.get(prototype, 'query') as (...args: unknown[]) => unknown;
    const counted = function (this: pg.Client, ...args: unknown[]): unknown {
      const [first] = args;
      const text = typeof first === 'string' ? first : (first as { text?: string }).text;
      if (text !== undefined && !background.test(text)) statements.push(text);
      return Reflect.apply(query, this, args);
    };
    Reflect.set(prototype, 'query', counted);
  });

  afterAll(async () => {
    await core.close();
    await hooked.close();
  });

  const newUser = (of = core) => {
    users += 1;
    return of.createUser(`user-${users}@example.com`);
  };

  const newCaller = async (of = core): Promise<UserCaller & { refreshToken: string }> => {
    const tokens = await of.auth.login.withPassword(await newUser(of), client, noProof);
    if ('failure' in tokens) throw new Error(tokens.failure);
    const { session, refreshToken } = tokens;
    return { kind: 'user', userId: session.userId, sessionId: session.id, roles: ['USER'], refreshToken };
  };

  const newLink = async (purpose: TokenPurpose, isVerified = true): Promise<string> => {
    users += 1;
    const { id: userId, email } = await core.createUser(`link-${users}@example.com`, isVerified);
    const id = uuidv7(new Date());
    const { token, digest } = generateOneTimeToken(id);
    const newEmail = purpose === 'CHANGE_EMAIL' ? `new-${users}@example.com` : undefined;
    const binding = { emailCanonical: newEmail ?? email, userId, signUpId: null, ttlSeconds: 60 };
    await core.store.oneTimeTokens.create({ id, purpose, digest, ...binding, ...(newEmail ? { newEmail } : {}) });
    return token;
  };

  /** An operation: what it needs, and the call whose statements are counted, BEGIN and COMMIT included. */
  type Operation = () => Promise<() => Promise<unknown>>;

  const operations: Record<string, readonly [count: number, Operation]> = {
    login: [
      12,
      async () => {
        const user = await newUser();
        return () => core.auth.login.withPassword(user, client, noProof);
      },
    ],
    'login, with a wrong password': [
      5,
      async () => {
        const user = await newUser();
        return () => core.auth.login.withPassword({ ...user, password: NEW_PASSWORD }, client, noProof);
      },
    ],
    'login, of an unknown user': [
      5,
      () =>
        Promise.resolve(() =>
          core.auth.login.withPassword({ email: 'nobody@example.com', password: PASSWORD }, client, noProof),
        ),
    ],
    refreshSession: [
      1,
      async () => {
        const { refreshToken } = await newCaller();
        return () => core.auth.refresh(refreshToken, client);
      },
    ],
    'refreshSession, with the hook accessTokenClaims, which returns the claims of before': [
      2,
      async () => {
        const { refreshToken } = await newCaller(hooked);
        return () => hooked.auth.refresh(refreshToken, client);
      },
    ],
    logout: [
      4,
      async () => {
        const caller = await newCaller();
        return () => core.auth.sessions.logout(caller, [], client);
      },
    ],
    changePassword: [
      22,
      async () => {
        const caller = await newCaller();
        return () =>
          core.auth.passwords.change(caller, { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }, client, null);
      },
    ],
    requestPasswordReset: [
      2,
      () => Promise.resolve(() => core.auth.passwordReset.request('nobody@example.com', client)),
    ],
    resetPassword: [
      17,
      async () => {
        const token = await newLink('RESET_PASSWORD');
        return () => core.auth.passwordReset.reset({ token, newPassword: NEW_PASSWORD }, client);
      },
    ],
    signUp: [
      9,
      () =>
        Promise.resolve(() =>
          core.auth.signUp({ email: 'new@example.com', password: PASSWORD, name: null, locale: null }, client),
        ),
    ],
    verifyEmail: [
      12,
      async () => {
        const token = await newLink('VERIFY_EMAIL', false);
        return () => core.auth.emailVerification.verify({ token, receipt: null, newPassword: null }, client);
      },
    ],
    requestEmailChange: [
      11,
      async () => {
        const caller = await newCaller();
        return () =>
          core.auth.emailChange.request(caller, { newEmail: 'next@example.com', password: PASSWORD }, client);
      },
    ],
    confirmEmailChange: [
      12,
      async () => {
        const token = await newLink('CHANGE_EMAIL');
        return () => core.auth.emailChange.confirm(token, client);
      },
    ],
    updateProfile: [
      7,
      async () => {
        const caller = await newCaller();
        return () => core.auth.updateProfile(caller, { name: 'Ada' }, client);
      },
    ],
    'me.sessions': [
      1,
      async () => {
        const caller = await newCaller();
        return () => core.auth.sessions.list(caller);
      },
    ],
    revokeSession: [
      6,
      async () => {
        const caller = await newCaller();
        return () => core.auth.sessions.revoke(caller, caller.sessionId, client);
      },
    ],
    revokeOtherSessions: [
      7,
      async () => {
        const caller = await newCaller();
        return () => core.auth.sessions.revokeOthers(caller, client);
      },
    ],
    deleteMyAccount: [
      19,
      async () => {
        const caller = await newCaller();
        return () => core.auth.accountDeletion.request(caller, PASSWORD, client);
      },
    ],
    cancelAccountDeletion: [
      5,
      async () => {
        const caller = await newCaller();
        return () => core.auth.accountDeletion.cancel(caller, client);
      },
    ],
    user: [
      1,
      async () => {
        const { id } = await newUser();
        return () => core.auth.users.find(id);
      },
    ],
    'users, the first page': [1, () => Promise.resolve(() => core.auth.users.list({}))],
    'users, the next page': [
      2,
      async () => {
        const { id } = await newUser();
        return () => core.auth.users.list({ after: id });
      },
    ],
    'users, a complete page of matches': [
      1,
      async () => {
        await newUser();
        await newUser();
        return () => core.auth.users.list({ first: 1, filter: { search: 'user-' } });
      },
    ],
    'users, a search without matches': [
      2,
      () => Promise.resolve(() => core.auth.users.list({ filter: { search: 'absent' } })),
    ],
    'users.totalCount': [1, () => Promise.resolve(() => core.auth.users.count({}))],
    'user.sessions, of another user': [
      6,
      async () => {
        const { id } = await newUser();
        return () => core.auth.users.viewSessions(id, SYSTEM);
      },
    ],
    unlockUser: [
      7,
      async () => {
        const { id } = await newUser();
        return () => core.auth.users.unlock(id, SYSTEM);
      },
    ],
    deleteUser: [
      14,
      async () => {
        const { id } = await newUser();
        return () => core.auth.accountDeletion.schedule(id, SYSTEM);
      },
    ],
    'deleteUser, immediately': [
      21,
      async () => {
        const { id } = await newUser();
        return () => core.auth.accountDeletion.eraseNow(id, SYSTEM);
      },
    ],
    'user set-email': [
      13,
      async () => {
        const { id } = await newUser();
        return () => core.auth.users.setEmail(id, `set-${users}@example.com`, SYSTEM);
      },
    ],
    setUserRoles: [
      10,
      async () => {
        const { id } = await newUser();
        return () => core.auth.users.setRoles(id, ['USER', 'ADMIN'], SYSTEM);
      },
    ],
    disableUser: [
      12,
      async () => {
        const { id } = await newUser();
        return () => core.auth.users.disable(id, SYSTEM);
      },
    ],
    enableUser: [
      6,
      async () => {
        const { id } = await newUser();
        return () => core.auth.users.enable(id, SYSTEM);
      },
    ],
    createUser: [
      4,
      () => {
        const account = { email: 'made@example.com', password: PASSWORD, name: null, roles: [], verified: true };
        return Promise.resolve(() => core.auth.users.create(account, SYSTEM));
      },
    ],
  };

  describe('the number of statements', () => {
    it.each(Object.entries(operations))('of %s does not grow unnoticed', async (_name, [count, prepare]) => {
      const run = await prepare();
      statements = [];
      expect((await run()) ?? {}).not.toHaveProperty('failure', 'INVALID_TOKEN');
      const sent = statements;
      expect({ count: sent.length, sent }).toEqual({ count, sent });
    });

    it.each(Object.entries(operations))('of %s contains none twice in a row', async (_name, [, prepare]) => {
      const run = await prepare();
      statements = [];
      await run();
      expect(statements.filter((text, index) => text === statements[index - 1])).toEqual([]);
    });
  });
} else {
  it('is counted on PostgreSQL only', () => {
    expect(postgresUrl).toBeUndefined();
  });
}
