import type { Config } from '../../config/config.js';
import type { Failure } from '../../errors.js';
import { readRefreshToken, type RefreshTokenClaims } from '../../security/tokens/refresh-token.js';
import type { Store } from '../../store/store.js';
import type { RefreshState } from '../../store/tables/sessions.js';
import { recordEvent, type SecurityEventType } from '../audit/security-events.js';
import type { Client } from '../caller.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';
import type { RateLimited, RateLimits } from '../rate-limits/rate-limits.js';
import type { Change } from '../unit-of-work.js';
import type { IssueTokens } from './application-claims.js';
import type { Tokens } from './tokens.js';

/**
 * The verdict on a refresh token that did not rotate.
 *
 * - `CURRENT`: the current token, which would rotate if it were presented again
 * - `ENDED`: the session does not exist, is revoked or expired, or its user is disabled
 * - `REPEATED`: the predecessor of the current token, from a parallel tab or after a lost response
 * - `MISMATCHED`: the same, but from another network and another program than the request that rotated it
 * - `LATE`: older, within the grace period: a tab was suspended while others continued
 * - `REPLAYED`: older, in any other case: somebody has kept a copy
 * - `AHEAD`: of a generation that the row has not reached: the database was restored to an earlier state
 */
export type RefreshVerdict = 'CURRENT' | 'ENDED' | 'REPEATED' | 'MISMATCHED' | 'LATE' | 'REPLAYED' | 'AHEAD';

/**
 * Classifies a refresh token that did not rotate, by the row of its session.
 *
 * The predecessor of an unconfirmed generation stays usable without a time limit: no access token of the current
 * generation was ever accepted, so its client may never have received it. Once the generation is confirmed, its
 * predecessor is accepted only within the grace period. After that, a client that presents an older token holds a copy.
 *
 * @see RFC 9700 section 4.14.2
 */
export const classifyRefreshToken = (
  generation: number,
  state: RefreshState | undefined,
  client: Pick<Client, 'network' | 'userAgent'>,
  graceSeconds: number,
): RefreshVerdict => {
  if (!state?.live) return 'ENDED';
  if (generation > state.generation) return 'AHEAD';
  if (generation === state.generation) return 'CURRENT';
  const isInGrace = state.secondsSinceRotation <= graceSeconds;
  const isUnconfirmed = state.confirmedGeneration < state.generation;
  if (generation === state.generation - 1 && (isInGrace || isUnconfirmed)) {
    const isOtherClient = client.network !== state.rotatedNetwork && client.userAgent !== state.rotatedUserAgent;
    return isOtherClient ? 'MISMATCHED' : 'REPEATED';
  }
  return isInGrace ? 'LATE' : 'REPLAYED';
};

const eventTypes = {
  REPEATED: 'REFRESH_REPEATED',
  MISMATCHED: 'REFRESH_MISMATCHED',
  LATE: 'REFRESH_LATE',
  REPLAYED: 'REFRESH_REPLAYED',
  AHEAD: 'REFRESH_AHEAD',
} as const satisfies Partial<Record<RefreshVerdict, SecurityEventType>>;

/** Exchanges a refresh token for its successor and a new access token. @see RFC 9700 section 4.14.2 */
export const createRefresh = ({
  change,
  store,
  config,
  clock,
  keys,
  rateLimits,
  issueTokens,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'sessions' | 'securityEvents'>;
  readonly config: Pick<Config, 'sessionIdleTtlSeconds' | 'refreshGraceSeconds'>;
  readonly clock: () => Date;
  readonly keys: SigningKeyStore;
  readonly rateLimits: RateLimits;
  readonly issueTokens: IssueTokens;
}) => {
  const exchange = async (
    presented: RefreshTokenClaims,
    client: Client,
    triesLeft: number,
  ): Promise<Tokens | undefined> => {
    const { sessionId, generation } = presented;
    const rotated = await store.sessions.rotate(sessionId, generation, config.sessionIdleTtlSeconds, client);
    if (rotated) return issueTokens(rotated, rotated.roles);

    const state = await store.sessions.refreshState(sessionId);
    const verdict = classifyRefreshToken(generation, state, client, config.refreshGraceSeconds);
    if ((verdict === 'CURRENT' || verdict === 'AHEAD') && triesLeft > 0)
      return exchange(presented, client, triesLeft - 1);
    if (!state || verdict === 'ENDED' || verdict === 'CURRENT') return undefined;

    const detail = { presented: generation, current: state.generation };
    const event = { type: eventTypes[verdict], subjectId: state.userId, sessionId, detail };
    const actor = { kind: 'anonymous', client } as const;
    if (verdict === 'REPLAYED' || verdict === 'AHEAD') {
      // Committed although the request fails, so that the session stays revoked and the event stays recorded.
      await change(actor, async (tx) => {
        tx.audit.record(event);
        await tx.sessions.revoke(sessionId, event);
      });
      return undefined;
    }
    // One statement without a transaction: if many tabs refresh at once, transactions would wait for connections.
    await recordEvent(store, clock(), actor, event);
    return verdict === 'REPEATED' ? issueTokens(state, state.roles) : undefined;
  };

  return async (
    refreshToken: string,
    client: Client,
  ): Promise<Tokens | Failure<'INVALID_REFRESH_TOKEN'> | RateLimited> => {
    const presented = readRefreshToken(keys.current().refreshTokens, refreshToken);
    if (!presented) return { failure: 'INVALID_REFRESH_TOKEN' };
    const taken = await rateLimits.takeRefresh(client);
    if ('failure' in taken) return taken;
    return (await exchange(presented, client, 1)) ?? { failure: 'INVALID_REFRESH_TOKEN' };
  };
};
