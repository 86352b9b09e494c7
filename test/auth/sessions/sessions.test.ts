import { client, startCore, type TestCore } from '../../support/core.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const NOT_FOUND = { failure: 'NOT_FOUND' };
const anonymous = { kind: 'anonymous', reason: 'MISSING' } as const;

const sessionIdsOf = async (userId: string) => (await core.store.sessions.listLive(userId)).map(({ id }) => id);

const lastEventOf = async (userId: string) => (await core.store.securityEvents.listBySubject(userId, 1))[0];

describe('sessions.list', () => {
  it('returns the live sessions of the caller, newest first', async () => {
    const { caller } = await core.createCaller('listed@example.com');
    const second = await core.login('listed@example.com');
    await core.createCaller('somebody-else@example.com');
    const listed = await core.auth.sessions.list(caller);
    expect(listed.map(({ id }) => id)).toEqual([second.session.id, caller.sessionId]);
  });
});

describe('sessions.revoke', () => {
  it('ends one session of the caller and records it', async () => {
    const { caller } = await core.createCaller('revoking@example.com');
    const { session } = await core.login('revoking@example.com');
    expect(await core.auth.sessions.revoke(caller, session.id, client)).toBeUndefined();
    expect(await sessionIdsOf(caller.userId)).toEqual([caller.sessionId]);
    expect(await lastEventOf(caller.userId)).toMatchObject({
      type: 'SESSION_REVOKED',
      actorId: caller.userId,
      sessionId: session.id,
    });
  });

  it('returns NOT_FOUND for a session of another user, which stays live', async () => {
    const { caller } = await core.createCaller('curious@example.com');
    const { caller: other } = await core.createCaller('untouched@example.com');
    expect(await core.auth.sessions.revoke(caller, other.sessionId, client)).toEqual(NOT_FOUND);
    expect(await core.auth.sessions.revoke(caller, 'not an id', client)).toEqual(NOT_FOUND);
    expect(await sessionIdsOf(other.userId)).toEqual([other.sessionId]);
  });
});

describe('sessions.revokeAll', () => {
  it('ends the other sessions, or all of them, and returns how many it ended', async () => {
    const { caller } = await core.createCaller('revoking-all@example.com');
    await core.login('revoking-all@example.com');
    await core.login('revoking-all@example.com');
    expect(await core.auth.sessions.revokeOthers(caller, client)).toMatchObject({
      user: { id: caller.userId },
      revokedSessions: 2,
    });
    expect(await sessionIdsOf(caller.userId)).toEqual([caller.sessionId]);
    expect(await lastEventOf(caller.userId)).toMatchObject({ type: 'SESSIONS_REVOKED', detail: { count: 2 } });
    expect(await core.auth.sessions.revokeAll(caller, client)).toBe(1);
    expect(await sessionIdsOf(caller.userId)).toEqual([]);
  });

  it('records the request also when there is no other session', async () => {
    const { caller } = await core.createCaller('alone@example.com');
    expect((await core.auth.sessions.revokeOthers(caller, client)).revokedSessions).toBe(0);
    expect(await lastEventOf(caller.userId)).toMatchObject({ type: 'SESSIONS_REVOKED', detail: { count: 0 } });
  });
});

describe('sessions.logout', () => {
  it('ends the session of the access token and those of the refresh tokens, with one event each', async () => {
    const { caller } = await core.createCaller('leaving@example.com');
    const { refreshToken } = await core.login('leaving@example.com');
    await core.auth.sessions.logout(caller, [refreshToken, 'not a token'], client);
    expect(await sessionIdsOf(caller.userId)).toEqual([]);
    const types = await core.eventTypesOf(caller.userId);
    expect(types.filter((type) => type === 'LOGGED_OUT')).toHaveLength(2);
  });

  it('accepts a refresh token of an older generation from an anonymous caller', async () => {
    const { caller, tokens } = await core.createCaller('old-token@example.com');
    await core.auth.refresh(tokens.refreshToken, client);
    await core.auth.sessions.logout(anonymous, [tokens.refreshToken], client);
    expect(await sessionIdsOf(caller.userId)).toEqual([]);
    expect(await lastEventOf(caller.userId)).toMatchObject({ type: 'LOGGED_OUT', actorKind: 'anonymous' });
  });

  it('records nothing for a session that has ended already', async () => {
    const { caller } = await core.createCaller('left@example.com');
    await core.auth.sessions.logout(caller, [], client);
    await core.auth.sessions.logout(caller, [], client);
    const types = await core.eventTypesOf(caller.userId);
    expect(types).toEqual(['USER_CREATED', 'LOGIN_SUCCEEDED', 'LOGGED_OUT']);
  });
});
