import type { ApplicationDb } from '../../../src/auth/application/application-access.js';
import type { Hooks, HookUser } from '../../../src/auth/application/hooks.js';
import { createIssueTokens } from '../../../src/auth/sessions/application-claims.js';
import { createSignTokens } from '../../../src/auth/sessions/tokens.js';
import { parseJws } from '../../../src/security/tokens/jws.js';
import type { CurrentSession } from '../../../src/store/tables/sessions.js';
import { parseJsonObject } from '../../../src/values/json-object.js';
import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore } from '../../support/core.js';
import { testKeys } from '../../support/test-keys.js';

const NEW_PASSWORD = 'an entirely different one';

const config = { accessTokenTtlSeconds: 600, tokenIssuer: 'https://id.example.com', tokenAudience: 'an-api' };

type Claims = NonNullable<Hooks['accessTokenClaims']>;

let core: TestCore;
let claims: Claims = () => ({});
let users = 0;

beforeAll(async () => {
  core = await startCore({}, undefined, true, { hooks: { accessTokenClaims: (user, db) => claims(user, db) } });
});

afterAll(async () => {
  await core.close();
});

beforeEach(() => {
  claims = () => ({});
});

const payloadOf = ({ accessToken }: { accessToken: string }) =>
  parseJsonObject(parseJws(accessToken)?.payload ?? new Uint8Array());

const appOf = (tokens: { accessToken: string }) => payloadOf(tokens)?.['app'];

const logIn = async () => {
  users += 1;
  return core.createCaller(`user-${users}@example.com`);
};

const refresh = async ({ refreshToken }: { refreshToken: string }) => {
  const tokens = await core.auth.refresh(refreshToken, client);
  if ('failure' in tokens) throw new Error(tokens.failure);
  return tokens;
};

const storedClaims = async (sessionId: string): Promise<unknown> => {
  const [row] = await core.database.query('SELECT application_claims FROM auth_session WHERE id = $1', [sessionId]);
  return (row as { application_claims: string | null }).application_claims;
};

const returning =
  (value: unknown): Claims =>
  () =>
    value as never;

describe('accessTokenClaims', () => {
  it('gets the user, and its object is the claim app of the access token at login, refresh and change of the password', async () => {
    const seen: HookUser[] = [];
    claims = (user) => {
      seen.push(user);
      return { tenant: 'acme', runs: seen.length };
    };
    const { caller, tokens } = await logIn();
    expect(appOf(tokens)).toEqual({ tenant: 'acme', runs: 1 });
    const refreshed = await refresh(tokens);
    expect(appOf(refreshed)).toEqual({ tenant: 'acme', runs: 2 });
    const changed = await core.auth.passwords.change(
      caller,
      { currentPassword: PASSWORD, newPassword: NEW_PASSWORD },
      client,
      null,
    );
    expect(appOf(changed as typeof tokens)).toEqual({ tenant: 'acme', runs: 3 });
    expect(seen.map(({ id, roles, emailVerified }) => ({ id, roles, emailVerified }))).toEqual(
      Array(3).fill({ id: caller.userId, roles: ['USER'], emailVerified: true }),
    );
  });

  it('adds a claim that we accept and never read', async () => {
    claims = () => ({ roles: ['ADMIN'] });
    const { tokens } = await logIn();
    const caller = await core.auth.authenticate([`Bearer ${tokens.accessToken}`]);
    expect(caller).toMatchObject({ kind: 'user', roles: ['USER'] });
  });

  it('sees a change of the user at the next refresh', async () => {
    claims = ({ name }) => ({ name });
    const { caller, tokens } = await logIn();
    expect(appOf(tokens)).toEqual({ name: null });
    await core.auth.updateProfile(caller, { name: 'Ada' }, client);
    expect(appOf(await refresh(tokens))).toEqual({ name: 'Ada' });
  });

  it('is asked again when a parallel tab repeats a refresh', async () => {
    const { tokens } = await logIn();
    await refresh(tokens);
    claims = () => ({ tab: 2 });
    expect(appOf(await refresh(tokens))).toEqual({ tab: 2 });
  });

  it('fails no login: the token then has no claim app', async () => {
    claims = () => {
      throw new Error('a bug');
    };
    const { tokens } = await logIn();
    expect(payloadOf(tokens)).not.toHaveProperty('app');
  });

  it('may return exactly 1 KiB', async () => {
    const { tokens } = await logIn();
    claims = returning({ a: 'x'.repeat(1024 - '{"a":""}'.length) });
    expect(JSON.stringify(appOf(await refresh(tokens)))).toHaveLength(1024);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  it.each<[string, Claims]>([
    [
      'throws',
      () => {
        throw new Error('a bug');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a bug'))],
    ['never returns', () => new Promise<never>(() => undefined)],
    ['returns 1,025 bytes', returning({ a: 'x'.repeat(1025 - '{"a":""}'.length) })],
    ['returns 1,025 bytes of UTF-8', returning({ a: `${'ä'.repeat(508)}x` })],
    ['returns nothing', returning(undefined)],
    ['returns a list', returning([1])],
    ['returns a text', returning('admin')],
    ['returns undefined inside', returning({ a: undefined })],
    ['returns a function inside', returning({ a: () => 1 })],
    ['returns a BigInt', returning({ a: 1n })],
    ['returns what contains itself', returning(cyclic)],
    ['returns toJSON', returning({ toJSON: () => ({ a: 1 }) })],
    [
      'returns an instance of a class',
      returning(
        new (class Plan {
          readonly name = 'pro';
        })(),
      ),
    ],
    ['returns __proto__', returning(JSON.parse('{"__proto__":{"isAdmin":true}}'))],
    [
      'returns a proxy that throws',
      returning(
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error('a bug');
            },
          },
        ),
      ),
    ],
    [
      'returns a getter that throws',
      returning({
        get a() {
          throw new Error('a bug');
        },
      }),
    ],
  ])('leaves the session its last good claims, and is named in the log, when it %s', async (_, failing) => {
    claims = () => ({ plan: 'a-value-of-before' });
    const { caller, tokens } = await logIn();
    claims = failing;
    const refreshed = await refresh(tokens);
    expect(appOf(refreshed)).toEqual({ plan: 'a-value-of-before' });
    expect(await storedClaims(caller.sessionId)).toBe('{"plan":"a-value-of-before"}');
    claims = () => ({ plan: 'after' });
    expect(appOf(await refresh(refreshed))).toEqual({ plan: 'after' });
    const logged = core.log.filter((line) => line.includes('"hook":"accessTokenClaims"'));
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.join('')).not.toContain('a-value-of-before');
  });

  it('is not read twice: a getter that changes its value puts what was checked into the token', async () => {
    let reads = 0;
    claims = returning({
      get plan() {
        reads += 1;
        return reads === 1 ? 'pro' : 'x'.repeat(2000);
      },
    });
    const { tokens } = await logIn();
    expect(appOf(tokens)).toEqual({ plan: 'pro' });
  });

  it('reads the database only until it has returned', async () => {
    let kept: ApplicationDb | undefined;
    claims = async ({ id }, db) => {
      kept = db;
      return { accounts: await db.user.count({ where: { id } }) };
    };
    const { tokens } = await logIn();
    expect(appOf(tokens)).toEqual({ accounts: 1 });
    await expect(kept?.user.count()).rejects.toThrow('aborted');
  });

  it('leaves no claims of a hook that was removed in the token', async () => {
    const signTokens = createSignTokens(config, testKeys);
    const issueTokens = createIssueTokens({
      signTokens,
      store: core.store,
      hooks: {},
      accessFor: core.auth.applicationAccess,
      onClaimsKept: () => undefined,
    });
    claims = () => ({ plan: 'pro' });
    const { caller } = await logIn();
    const state = await core.store.sessions.refreshState(caller.sessionId);
    expect(state?.applicationClaims).toBe('{"plan":"pro"}');
    expect(payloadOf(await issueTokens(state as CurrentSession, ['USER']))).not.toHaveProperty('app');
  });
});

describe('a token that the claims would make longer than 4 KiB', () => {
  it('has the last good claims or none: no login and no refresh fails', async () => {
    // The rest of the token is so long that small claims fit, and large ones do not.
    const tokenAudience = `https://api.example.com/${'x'.repeat(1800)}`;
    let size = 1000;
    const failures: unknown[] = [];
    const issueTokens = createIssueTokens({
      signTokens: createSignTokens({ ...config, tokenAudience }, testKeys),
      store: core.store,
      hooks: { accessTokenClaims: () => ({ a: 'x'.repeat(size) }) },
      accessFor: core.auth.applicationAccess,
      onClaimsKept: (error) => failures.push(error),
    });
    const { caller } = await logIn();
    await core.store.sessions.setApplicationClaims(caller.sessionId, '{}');
    const issue = async () => {
      const state = await core.store.sessions.refreshState(caller.sessionId);
      return issueTokens(state as CurrentSession, ['USER']);
    };
    expect(appOf(await issue())).toEqual({});
    size = 3;
    expect(appOf(await issue())).toEqual({ a: 'xxx' });
    size = 1000;
    expect(appOf(await issue())).toEqual({ a: 'xxx' });
    await core.store.sessions.setApplicationClaims(caller.sessionId, JSON.stringify({ a: 'x'.repeat(1000) }));
    expect(payloadOf(await issue())).not.toHaveProperty('app');
    expect(failures).toHaveLength(3);
  });
});
