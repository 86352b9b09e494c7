import type { Actor } from '../../../src/auth/audit/security-events.js';
import { StoreUnavailable } from '../../../src/store/errors.js';
import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore, noProof } from '../../support/core.js';

const SYSTEM: Actor = { kind: 'system' };
const NOBODY = '01900000-0000-7000-8000-000000000000';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(async () => {
  await core.close();
});

const eventsOf = async (userId: string) => {
  const events = await core.store.securityEvents.listBySubject(userId, 10);
  return events.map(({ type, detail }) => ({ type, detail })).reverse();
};

const unavailable = () => Promise.reject(new StoreUnavailable('no connection'));

describe('a database', () => {
  it('reports whether it has users', async () => {
    await core.database.query('DELETE FROM "user"');
    expect(await core.auth.users.any()).toBe(false);
    await core.createUser('somebody@example.com');
    expect(await core.auth.users.any()).toBe(true);
  });
});

describe('an administrator’s change of a user', () => {
  it('is recorded only when it changes something', async () => {
    const { id } = await core.createUser('unchanged@example.com');
    const { users } = core.auth;
    await users.setRoles(id, ['USER'], SYSTEM);
    await users.grantRole(id, 'USER', SYSTEM);
    await users.revokeRole(id, 'ADMIN', SYSTEM);
    await users.enable(id, SYSTEM);
    expect(await eventsOf(id)).toMatchObject([{ type: 'USER_CREATED' }]);

    await users.disable(id, SYSTEM);
    await users.disable(id, SYSTEM);
    await users.enable(id, SYSTEM);
    expect((await eventsOf(id)).map(({ type }) => type)).toEqual(['USER_CREATED', 'USER_DISABLED', 'USER_ENABLED']);
  });

  it('ends the sessions of a disabled user, also when the user was disabled directly in the database', async () => {
    const user = await core.createUser('by-hand@example.com');
    const { auth } = core;
    const tokens = await auth.login.withPassword(user, client, noProof);
    if ('failure' in tokens) throw new Error(tokens.failure);
    await core.database.query('UPDATE "user" SET disabled_at = now() WHERE id = $1', [user.id]);
    await auth.users.disable(user.id, SYSTEM);
    await auth.users.enable(user.id, SYSTEM);
    expect(await auth.authenticate([`Bearer ${tokens.accessToken}`])).toMatchObject({ reason: 'SESSION_REVOKED' });
    expect((await eventsOf(user.id)).slice(-2)).toMatchObject([
      { type: 'SESSIONS_REVOKED', detail: { count: 1 } },
      { type: 'USER_ENABLED' },
    ]);
  });

  it('records the granted and the revoked roles, each once', async () => {
    const { id } = await core.createUser('roles@example.com');
    await core.auth.users.setRoles(id, ['ADMIN', 'ADMIN'], SYSTEM);
    expect((await eventsOf(id)).at(-1)).toEqual({
      type: 'ROLES_CHANGED',
      detail: { granted: ['ADMIN'], revoked: ['USER'] },
    });
    expect(await core.auth.users.revokeRole(id, 'ADMIN', SYSTEM)).toEqual({ failure: 'LAST_ADMINISTRATOR' });
    expect((await core.auth.users.find(id))?.roles).toEqual(['ADMIN']);
  });

  it('finds no user by an unknown or malformed id', async () => {
    const { users } = core.auth;
    for (const id of [NOBODY, 'nobody', '']) {
      expect(await users.disable(id, SYSTEM)).toEqual({ failure: 'NOT_FOUND' });
      expect(await users.revokeSessions(id, SYSTEM)).toEqual({ failure: 'NOT_FOUND' });
      expect(await users.find(id)).toBeUndefined();
    }
  });

  it('finds a user by any spelling of the address, and none by a text that is not an address', async () => {
    const { id } = await core.createUser('Spelling@Example.com');
    expect((await core.auth.users.findByEmail('SPELLING@example.COM'))?.id).toBe(id);
    expect(await core.auth.users.findByEmail('spelling')).toBeUndefined();
  });

  it('throws SERVICE_UNAVAILABLE while the database is unavailable', async () => {
    const { id } = await core.createUser('outage@example.com');
    core.interrupt(unavailable);
    await expect(core.auth.users.disable(id, SYSTEM)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect((await core.auth.users.find(id))?.disabledAt).toBeNull();
  });
});

describe('an account that an administrator creates', () => {
  const create = (change: { email?: string; password?: string }) =>
    core.auth.users.create(
      {
        email: 'made@example.com',
        password: PASSWORD,
        name: null,
        roles: ['USER', 'ADMIN'],
        verified: true,
        ...change,
      },
      SYSTEM,
    );

  it('has the role USER beside those that are given, each once', async () => {
    expect(await create({})).toMatchObject({ roles: ['ADMIN', 'USER'], origin: 'ADMINISTRATOR' });
  });

  it('is refused without an address, with a weak password, and for an address that has one', async () => {
    expect(await create({ email: 'made' })).toEqual({ failure: 'INVALID_EMAIL' });
    expect(await create({ password: 'short' })).toEqual({ failure: 'WEAK_PASSWORD', reasons: ['TOO_SHORT'] });
    expect(await create({ email: 'MADE@example.com' })).toEqual({ failure: 'INVALID_INPUT', fields: ['email'] });
  });

  it('throws SERVICE_UNAVAILABLE while the database is unavailable', async () => {
    core.interrupt(unavailable);
    await expect(create({ email: 'unmade@example.com' })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await core.auth.users.findByEmail('unmade@example.com')).toBeUndefined();
  });
});

describe('a list of users', () => {
  it('refuses an empty page, a page that is too large, and a malformed cursor', async () => {
    for (const [first, after] of [
      [0, null],
      [101, null],
      [-1, null],
      [1, 'nonsense'],
    ] as const) {
      await expect(core.auth.users.list(first, after, null)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    }
  });

  it('is empty after the oldest', async () => {
    expect(await core.auth.users.list(100, NOBODY, null)).toEqual({ users: [], hasNextPage: false });
  });
});
