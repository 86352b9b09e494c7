import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore, noProof } from '../../support/core.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore({
    SESSIONS_PER_USER: '2',
    SESSION_IDLE_TTL_SECONDS: '3600',
    SESSION_ABSOLUTE_TTL_SECONDS: '7200',
  });
});

afterAll(() => core.close());

const revocationsOf = async (userId: string) => {
  const events = await core.store.securityEvents.listBySubject(userId, 100);
  return events
    .filter(({ type }) => type === 'SESSION_REVOKED' || type === 'SESSIONS_REVOKED')
    .map(({ type, actorKind, sessionId, detail }) => ({ type, actorKind, sessionId, detail }));
};

describe('a new session', () => {
  it('stores how and from where its user logged in, and its two expiry times', async () => {
    const { tokens } = await core.createCaller('stored@example.com');
    const { session } = tokens;
    expect(session).toMatchObject({
      amr: ['pwd'],
      clientId: 'gatehouse',
      device: 'curl',
      network: client.network,
      generation: 1,
    });
    expect(session.idleExpiresAt.getTime() - session.createdAt.getTime()).toBe(3_600_000);
    expect(session.expiresAt.getTime() - session.createdAt.getTime()).toBe(7_200_000);
  });

  it('ends the oldest one when the user has SESSIONS_PER_USER', async () => {
    const { caller } = await core.createCaller('many@example.com');
    const kept = await core.login('many@example.com');
    const newest = await core.login('many@example.com');
    const live = await core.store.sessions.listLive(caller.userId);
    expect(live.map(({ id }) => id)).toEqual([newest.session.id, kept.session.id]);
    expect(await revocationsOf(caller.userId)).toEqual([
      {
        type: 'SESSION_REVOKED',
        actorKind: 'system',
        sessionId: caller.sessionId,
        detail: { cause: 'SESSIONS_PER_USER' },
      },
    ]);
  });

  it('records one event when it ends several sessions', async () => {
    const { caller, tokens } = await core.createCaller('excess@example.com');
    const { readAt: _readAt, ...row } = tokens.session as typeof tokens.session & { readAt: Date };
    const copy = { ...row, device: null, userAgent: null, idleTtlSeconds: 60, absoluteTtlSeconds: 60 };
    await core.store.sessions.create({ ...copy, id: '01900000-0000-7000-8000-000000000001' });
    await core.store.sessions.create({ ...copy, id: '01900000-0000-7000-8000-000000000002' });
    await core.login('excess@example.com');
    expect(await revocationsOf(caller.userId)).toEqual([
      {
        type: 'SESSIONS_REVOKED',
        actorKind: 'system',
        sessionId: null,
        detail: { count: 2, cause: 'SESSIONS_PER_USER' },
      },
    ]);
  });

  it('ends the session that it replaces before it counts the others', async () => {
    const { caller, tokens } = await core.createCaller('replacing@example.com');
    const other = await core.login('replacing@example.com');
    const credentials = { email: 'replacing@example.com', password: PASSWORD };
    const proof = { ...noProof, refreshToken: tokens.refreshToken };
    await core.auth.login.withPassword(credentials, client, proof);
    const live = await core.store.sessions.listLive(caller.userId);
    expect(live.map(({ id }) => id)).toContain(other.session.id);
    expect(await revocationsOf(caller.userId)).toEqual([
      { type: 'SESSION_REVOKED', actorKind: 'user', sessionId: caller.sessionId, detail: { cause: 'REPLACED' } },
    ]);
  });
});
