import { randomUUID } from 'node:crypto';

import { classifyRefreshToken, type RefreshVerdict } from '../../../src/auth/sessions/refresh.js';
import type { RefreshState } from '../../../src/store/tables/sessions.js';
import { client, startCore, type TestCore } from '../../support/core.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const REJECTED = { failure: 'INVALID_REFRESH_TOKEN' };

const refresh = async (refreshToken: string) => {
  const tokens = await core.auth.refresh(refreshToken, client);
  if ('failure' in tokens) throw new Error(tokens.failure);
  return tokens;
};

const lastEventOf = async (userId: string) => (await core.store.securityEvents.listBySubject(userId, 1))[0];

describe('refresh', () => {
  it('returns the tokens of the next generation, and records no event', async () => {
    const { caller, tokens } = await core.createCaller('rotated@example.com');
    const next = await refresh(tokens.refreshToken);
    expect(next.session).toMatchObject({ id: caller.sessionId, generation: 2 });
    expect(await core.eventTypesOf(caller.userId)).toEqual(['USER_CREATED', 'LOGIN_SUCCEEDED']);
  });

  it('returns the current tokens for a repeated token, and records both generations', async () => {
    const { caller, tokens } = await core.createCaller('repeated@example.com');
    const next = await refresh(tokens.refreshToken);
    expect((await refresh(tokens.refreshToken)).refreshToken).toBe(next.refreshToken);
    expect(await lastEventOf(caller.userId)).toMatchObject({
      type: 'REFRESH_REPEATED',
      actorKind: 'anonymous',
      sessionId: caller.sessionId,
      detail: { presented: 1, current: 2 },
    });
  });

  it('revokes the session when an old generation is replayed, in one event', async () => {
    const { caller, tokens } = await core.createCaller('replayed@example.com');
    await refresh((await refresh(tokens.refreshToken)).refreshToken);
    await core.database.query(`UPDATE auth_session SET rotated_at = now() - interval '1 hour' WHERE id = $1`, [
      caller.sessionId,
    ]);
    expect(await core.auth.refresh(tokens.refreshToken, client)).toEqual(REJECTED);
    expect(await core.store.sessions.listLive(caller.userId)).toEqual([]);
    expect(await core.eventTypesOf(caller.userId)).toEqual(['USER_CREATED', 'LOGIN_SUCCEEDED', 'REFRESH_REPLAYED']);
    expect(await lastEventOf(caller.userId)).toMatchObject({ detail: { presented: 1, current: 3 } });
  });

  it('rejects a token of an ended session without an event', async () => {
    const { caller, tokens } = await core.createCaller('ended@example.com');
    await core.store.sessions.revoke(caller.sessionId);
    expect(await core.auth.refresh(tokens.refreshToken, client)).toEqual(REJECTED);
    expect(await core.eventTypesOf(caller.userId)).toEqual(['USER_CREATED', 'LOGIN_SUCCEEDED']);
  });

  it('rejects a text that is not a refresh token', async () => {
    expect(await core.auth.refresh('not a token', client)).toEqual(REJECTED);
  });
});

describe('classifyRefreshToken', () => {
  const state = (change: Partial<RefreshState>): RefreshState => ({
    ...({ id: randomUUID(), userId: randomUUID() } as RefreshState),
    live: true,
    generation: 5,
    confirmedGeneration: 5,
    secondsSinceRotation: 60,
    rotatedNetwork: '203.0.113.0/24',
    rotatedUserAgent: 'Firefox',
    ...change,
  });
  const home = { network: '203.0.113.0/24', userAgent: 'Firefox' };
  const elsewhere = { network: '198.51.100.0/24', userAgent: 'Firefox' };
  const stranger = { network: '198.51.100.0/24', userAgent: 'curl' };
  const unconfirmed = { confirmedGeneration: 4 };
  const inGrace = { secondsSinceRotation: 10 };

  // The tokens are of session generation 5, with 10 seconds of grace.
  it.each<[RefreshVerdict, number, Partial<RefreshState> | undefined, typeof home]>([
    ['ENDED', 5, undefined, home],
    ['ENDED', 5, { live: false }, home],
    ['ENDED', 1, { live: false }, home],
    ['CURRENT', 5, {}, home],
    ['AHEAD', 6, {}, home],
    ['REPEATED', 4, inGrace, home],
    ['REPEATED', 4, inGrace, elsewhere],
    ['REPEATED', 4, unconfirmed, home],
    ['REPEATED', 4, unconfirmed, elsewhere],
    ['MISMATCHED', 4, inGrace, stranger],
    ['MISMATCHED', 4, unconfirmed, stranger],
    ['REPLAYED', 4, {}, home],
    ['REPLAYED', 4, { secondsSinceRotation: 10.1 }, home],
    ['LATE', 3, inGrace, home],
    ['LATE', 3, { ...inGrace, ...unconfirmed }, home],
    ['REPLAYED', 3, unconfirmed, home],
    ['REPLAYED', 1, {}, stranger],
  ])('finds %s for generation %d of 5 where %j, from %j', (verdict, generation, change, client) => {
    expect(classifyRefreshToken(generation, change && state(change), client, 10)).toBe(verdict);
  });
});
