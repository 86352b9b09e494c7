import { knownRoles } from '../../app/roles.js';
import type { Failure } from '../../errors.js';
import { readRefreshToken, type RefreshTokenClaims } from '../../security/tokens/refresh-token.js';
import type { RefreshState } from '../../store/tables/sessions.js';
import type { Client } from '../caller.js';
import type { AuthDependencies } from '../dependencies.js';
import { recordEvent, type SecurityEventType } from '../audit/security-events.js';
import type { Tokens } from './tokens.js';

/**
 * What a refresh token that did not rotate is found to be.
 *
 * - `CURRENT`: it would rotate now; what stood in the way is gone
 * - `OVER`: no session, revoked, over, or its user disabled
 * - `REPEATED`: the one before the current, from a parallel tab or after a lost response
 * - `MISMATCHED`: the same, but from another network and another program than the call that rotated it
 * - `LATE`: older, within the grace: a tab that slept while others went on
 * - `REPLAYED`: older otherwise. Somebody kept it
 * - `AHEAD`: of a generation that the row has not reached: the database went back in time
 */
export type RefreshVerdict = 'CURRENT' | 'OVER' | 'REPEATED' | 'MISMATCHED' | 'LATE' | 'REPLAYED' | 'AHEAD';

/**
 * Judges a refresh token that did not rotate against its session's row.
 *
 * The predecessor of an unconfirmed generation stays usable without limit of time: no access token of the current
 * generation was ever accepted, so its client may never have received it. Once confirmed, its predecessor is good for
 * the grace only, and whoever shows an older one outside the grace holds a copy.
 *
 * @see RFC 9700 section 4.14.2
 */
export const judgeRefreshToken = (
  generation: number,
  state: RefreshState | undefined,
  client: Pick<Client, 'network' | 'userAgent'>,
  graceSeconds: number,
): RefreshVerdict => {
  if (!state?.live) return 'OVER';
  if (generation > state.generation) return 'AHEAD';
  if (generation === state.generation) return 'CURRENT';
  const inGrace = state.secondsSinceRotation <= graceSeconds;
  const unconfirmed = state.confirmedGeneration < state.generation;
  if (generation === state.generation - 1 && (inGrace || unconfirmed)) {
    const stranger = client.network !== state.rotatedNetwork && client.userAgent !== state.rotatedUserAgent;
    return stranger ? 'MISMATCHED' : 'REPEATED';
  }
  return inGrace ? 'LATE' : 'REPLAYED';
};

const events = {
  REPEATED: 'REFRESH_REPEATED',
  MISMATCHED: 'REFRESH_MISMATCHED',
  LATE: 'REFRESH_LATE',
  REPLAYED: 'REFRESH_REPLAYED',
  AHEAD: 'REFRESH_AHEAD',
} as const satisfies Partial<Record<RefreshVerdict, SecurityEventType>>;

/** Exchanges a refresh token for its successor. */
export const createRefresh = ({ store, config, clock, keys, principals, issueTokens }: AuthDependencies) => {
  const exchange = async (
    presented: RefreshTokenClaims,
    client: Client,
    triesLeft: number,
  ): Promise<Tokens | undefined> => {
    const { sessionId, generation } = presented;
    const rotated = await store.sessions.rotate(sessionId, generation, config.sessionIdleTtlSeconds, client);
    if (rotated) return issueTokens(rotated, knownRoles(rotated.roles));

    const state = await store.sessions.refreshState(sessionId);
    const verdict = judgeRefreshToken(generation, state, client, config.refreshGraceSeconds);
    if ((verdict === 'CURRENT' || verdict === 'AHEAD') && triesLeft > 0)
      return exchange(presented, client, triesLeft - 1);
    if (!state || verdict === 'OVER' || verdict === 'CURRENT') return undefined;

    const detail = { presented: generation, current: state.generation };
    const event = { type: events[verdict], subjectId: state.userId, sessionId, detail };
    const actor = { kind: 'anonymous', client } as const;
    if (verdict === 'REPLAYED' || verdict === 'AHEAD') {
      // A transaction of its own: what is found here is on record, and the session stays ended, although the request fails.
      await store.transaction(async (tx) => {
        await tx.sessions.revoke(sessionId);
        await recordEvent(tx, clock(), actor, event);
      });
      principals.forget(state.userId);
      return undefined;
    }
    // One statement, no transaction: whoever opens many tabs at once makes a crowd of these wait for the same connections.
    await recordEvent(store, clock(), actor, event);
    return verdict === 'REPEATED' ? issueTokens(state, knownRoles(state.roles)) : undefined;
  };

  return async (refreshToken: string, client: Client): Promise<Tokens | Failure<'INVALID_REFRESH_TOKEN'>> => {
    const presented = readRefreshToken(keys.current().refreshTokens, refreshToken);
    const tokens = presented && (await exchange(presented, client, 1));
    return tokens ?? { failure: 'INVALID_REFRESH_TOKEN' };
  };
};
