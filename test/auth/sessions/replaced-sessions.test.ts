import type { Caller } from '../../../src/auth/caller.js';
import { createReplacedSessions, type SessionProof } from '../../../src/auth/sessions/replaced-sessions.js';
import { signRefreshToken } from '../../../src/security/tokens/refresh-token.js';
import type { Store } from '../../../src/store/store.js';
import type { RefreshState } from '../../../src/store/tables/sessions.js';
import { client, noProof } from '../../support/core.js';
import { testKeys, testRefreshTokenKey } from '../../support/test-keys.js';

const USER = '01900000-0000-7000-8000-000000000001';
const OTHER_USER = '01900000-0000-7000-8000-000000000002';
const SESSION = '01900000-0000-7000-8000-000000000003';

const state = {
  live: true,
  userId: OTHER_USER,
  generation: 3,
  confirmedGeneration: 3,
  secondsSinceRotation: 60,
  rotatedNetwork: client.network,
  rotatedUserAgent: client.userAgent,
} as RefreshState;

/** Only SESSION exists, in the given state. */
const replacedSessions = (change: Partial<RefreshState> = {}) => {
  const refreshState = (id: string) => Promise.resolve(id === SESSION ? { ...state, ...change } : undefined);
  const store = { sessions: { refreshState } } as unknown as Store;
  const replaced = createReplacedSessions({ store, keys: testKeys, config: { refreshGraceSeconds: 10 } });
  const tx = store as never;
  return {
    owners: (userId: string, proof: SessionProof) => replaced.owners(userId, proof),
    find: (proof: SessionProof) => replaced.find(tx, USER, proof, client),
  };
};

const refreshToken = (generation: number) => signRefreshToken(testRefreshTokenKey, { sessionId: SESSION, generation });

const callerOf = (userId: string): Caller => ({ kind: 'user', userId, sessionId: SESSION, roles: [] });

describe('replacedSessions.find', () => {
  it('finds the session of an access token of the same user, and not of another user', async () => {
    expect(await replacedSessions().find({ caller: callerOf(USER), refreshToken: null })).toEqual([SESSION]);
    expect(await replacedSessions().find({ caller: callerOf(OTHER_USER), refreshToken: null })).toEqual([]);
  });

  it('finds the session of a current refresh token of any user', async () => {
    expect(await replacedSessions().find({ ...noProof, refreshToken: refreshToken(3) })).toEqual([SESSION]);
  });

  it('finds the session of a repeated refresh token', async () => {
    const { find } = replacedSessions({ secondsSinceRotation: 5 });
    expect(await find({ ...noProof, refreshToken: refreshToken(2) })).toEqual([SESSION]);
  });

  it('names a session once that both tokens prove', async () => {
    const { find } = replacedSessions({ userId: USER });
    expect(await find({ caller: callerOf(USER), refreshToken: refreshToken(3) })).toEqual([SESSION]);
  });

  it('finds nothing by a refresh token that would be rejected', async () => {
    const { find } = replacedSessions();
    expect(await find({ ...noProof, refreshToken: refreshToken(1) })).toEqual([]);
    expect(await find({ ...noProof, refreshToken: 'not a token' })).toEqual([]);
    expect(await replacedSessions({ live: false }).find({ ...noProof, refreshToken: refreshToken(3) })).toEqual([]);
  });
});

describe('replacedSessions.owners', () => {
  it('returns the user, and the other user whose refresh token is presented', async () => {
    const { owners } = replacedSessions();
    expect(await owners(USER, noProof)).toEqual([USER]);
    expect(await owners(USER, { ...noProof, refreshToken: refreshToken(3) })).toEqual([USER, OTHER_USER]);
    expect(await owners(OTHER_USER, { ...noProof, refreshToken: refreshToken(3) })).toEqual([OTHER_USER]);
  });
});
