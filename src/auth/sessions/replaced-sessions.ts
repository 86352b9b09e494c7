import type { Config } from '../../config/config.js';
import { readRefreshToken } from '../../security/tokens/refresh-token.js';
import type { Store } from '../../store/store.js';
import type { Caller, Client } from '../caller.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { classifyRefreshToken } from './refresh.js';

/** The tokens of earlier sessions that a request to start a session presents. */
export interface SessionProof {
  readonly caller: Caller;
  /** The refresh token in the cookie that the new session's token overwrites. */
  readonly refreshToken: string | null;
}

export type ReplacedSessions = ReturnType<typeof createReplacedSessions>;

/**
 * Finds the sessions that a new session replaces. The client discards their tokens. If they stayed live, nobody
 * could log them out, and they would last unnoticed for up to 30 days.
 *
 * Two proofs count: the access token of a session of the same user, and the refresh token of any user's session,
 * because its cookie is overwritten. A refresh token that `refreshSession` would reject proves nothing here, and does
 * not count as a replay.
 *
 * @see ASVS 7.2.4
 */
export const createReplacedSessions = ({
  store,
  keys,
  config,
}: {
  readonly store: Pick<Store, 'sessions'>;
  readonly keys: SigningKeyStore;
  readonly config: Pick<Config, 'refreshGraceSeconds'>;
}) => {
  const claimsOf = (refreshToken: string | null) =>
    refreshToken === null ? undefined : readRefreshToken(keys.current().refreshTokens, refreshToken);

  return {
    /** The users whose rows the transaction must lock. */
    async owners(userId: string, { refreshToken }: SessionProof): Promise<string[]> {
      const claims = claimsOf(refreshToken);
      const state = claims && (await store.sessions.refreshState(claims.sessionId));
      return [...new Set([userId, state?.userId ?? userId])];
    },

    /** The ids of the sessions that the new session of `userId` replaces. The owners' rows must be locked. */
    async find(
      tx: Pick<UnitOfWork, 'sessions'>,
      userId: string,
      { caller, refreshToken }: SessionProof,
      client: Client,
    ): Promise<string[]> {
      const replaced = new Set<string>();
      if (caller.kind === 'user' && caller.userId === userId) replaced.add(caller.sessionId);
      const claims = claimsOf(refreshToken);
      if (claims) {
        const state = await tx.sessions.refreshState(claims.sessionId);
        const verdict = classifyRefreshToken(claims.generation, state, client, config.refreshGraceSeconds);
        if (verdict === 'CURRENT' || verdict === 'REPEATED') replaced.add(claims.sessionId);
      }
      return [...replaced];
    },
  };
};
