import type { Actor } from '../../../src/auth/audit/security-events.js';
import { StoreUnavailable } from '../../../src/store/errors.js';
import { PASSWORD } from '../../support/app.js';
import { client, noProof, startCore, type TestCore } from '../../support/core.js';

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

const createAdministrator = async (email: string) => {
  const { id } = await core.createUser(email);
  await core.auth.users.grantRole(id, 'ADMIN', SYSTEM);
};

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

  it('records the granted and the revoked roles, each once, and never revokes USER', async () => {
    const { id } = await core.createUser('roles@example.com');
    expect(await core.auth.users.setRoles(id, ['ADMIN', 'ADMIN'], SYSTEM)).toMatchObject({ roles: ['ADMIN', 'USER'] });
    expect((await eventsOf(id)).at(-1)).toEqual({
      type: 'ROLES_CHANGED',
      detail: { granted: ['ADMIN'], revoked: [] },
    });
    expect(await core.auth.users.revokeRole(id, 'ADMIN', SYSTEM)).toEqual({ failure: 'LAST_ADMINISTRATOR' });
    await createAdministrator('other-administrator@example.com');
    expect(await core.auth.users.setRoles(id, [], SYSTEM)).toMatchObject({ roles: ['USER'] });
    expect((await eventsOf(id)).at(-1)).toEqual({
      type: 'ROLES_CHANGED',
      detail: { granted: [], revoked: ['ADMIN'] },
    });
  });

  it('finds no user by an unknown or malformed id', async () => {
    const { users } = core.auth;
    for (const id of [NOBODY, 'nobody', '']) {
      expect(await users.disable(id, SYSTEM)).toEqual({ failure: 'NOT_FOUND' });
      expect(await users.revokeSessions(id, SYSTEM)).toEqual({ failure: 'NOT_FOUND' });
      expect(await users.unlock(id, SYSTEM)).toEqual({ failure: 'NOT_FOUND' });
      expect(await users.viewSessions(id, SYSTEM)).toEqual([]);
      expect(await users.find(id)).toBeUndefined();
    }
  });

  it('throws SERVICE_UNAVAILABLE while the database is unavailable', async () => {
    const { id } = await core.createUser('outage@example.com');
    core.interrupt(unavailable);
    await expect(core.auth.users.disable(id, SYSTEM)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect((await core.auth.users.find(id))?.disabledAt).toBeNull();
  });
});

describe('revokeSessions', () => {
  it('ends every session, and returns how many were live', async () => {
    const { caller } = await core.createCaller('everywhere@example.com');
    await core.login('everywhere@example.com');
    const result = await core.auth.users.revokeSessions(caller.userId, SYSTEM);
    expect(result).toMatchObject({ user: { id: caller.userId }, revokedSessions: 2 });
    expect(await core.store.sessions.listLive(caller.userId)).toEqual([]);
    expect((await eventsOf(caller.userId)).at(-1)).toEqual({ type: 'SESSIONS_REVOKED', detail: { count: 2 } });
  });

  it('ends the given sessions only, and ignores ids that are not of this user', async () => {
    const { caller } = await core.createCaller('one-of-two@example.com');
    const { session } = await core.login('one-of-two@example.com');
    const { caller: stranger } = await core.createCaller('stranger@example.com');
    const ids = [session.id, session.id, stranger.sessionId, NOBODY, 'nothing'];
    expect(await core.auth.users.revokeSessions(caller.userId, SYSTEM, ids)).toMatchObject({ revokedSessions: 1 });
    expect(await core.store.sessions.listLive(caller.userId)).toMatchObject([{ id: caller.sessionId }]);
    expect(await core.store.sessions.listLive(stranger.userId)).toMatchObject([{ id: stranger.sessionId }]);
    const before = await eventsOf(caller.userId);
    expect(await core.auth.users.revokeSessions(caller.userId, SYSTEM, [])).toMatchObject({ revokedSessions: 0 });
    expect(await eventsOf(caller.userId)).toEqual(before);
  });
});

describe('viewSessions', () => {
  it('lists the live sessions, newest first, and records it', async () => {
    const { caller } = await core.createCaller('viewed@example.com');
    const { session } = await core.login('viewed@example.com');
    const sessions = await core.auth.users.viewSessions(caller.userId, SYSTEM);
    expect(sessions.map(({ id }) => id)).toEqual([session.id, caller.sessionId]);
    expect((await eventsOf(caller.userId)).at(-1)).toEqual({ type: 'USER_SESSIONS_VIEWED', detail: {} });
  });
});

describe('unlock', () => {
  it('lifts the limits of logins and emails, forgets the wrong passwords of live sessions, and is recorded', async () => {
    const limited = await startCore({ MAILS_PER_ADDRESS_PER_HOUR: '1' });
    const { caller } = await limited.createCaller('locked@example.com');
    const attempt = () => limited.store.passwordAttempts.count(caller.sessionId, 5);
    await attempt();
    await attempt();
    const signUp = () =>
      limited.auth.signUp({ email: 'locked@example.com', password: PASSWORD, name: null, locale: null }, client);
    const spent = () =>
      limited.database.query(`SELECT spent FROM auth_rate_limit WHERE account_key IS NOT NULL AND spent > 0`);
    await signUp();
    const wrong = { email: 'locked@example.com', password: 'not the right password' };
    await limited.auth.login.withPassword(wrong, client, noProof);
    expect(await spent()).toEqual([{ spent: 1 }, { spent: 1 }]);

    expect(await limited.auth.users.unlock(caller.userId, SYSTEM)).toMatchObject({ id: caller.userId });
    expect(await spent()).toEqual([]);
    expect(await attempt()).toBe(1);
    const events = await limited.eventTypesOf(caller.userId);
    await limited.close();
    expect(events.at(-1)).toBe('USER_UNLOCKED');
  });
});
