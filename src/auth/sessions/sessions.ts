import type { Failure } from '../../errors.js';
import { readRefreshToken } from '../../security/tokens/refresh-token.js';
import type { Store } from '../../store/store.js';
import type { SessionRecord } from '../../store/tables/sessions.js';
import { isUuid } from '../../values/uuid.js';
import { actorOf } from '../audit/security-events.js';
import type { Caller, Client, UserCaller } from '../caller.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';
import type { Change } from '../unit-of-work.js';
import { holdSession } from './hold-session.js';

/** Lets users list and end their own sessions. */
export const createSessions = ({
  change,
  store,
  keys,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'sessions'>;
  readonly keys: SigningKeyStore;
}) => ({
  list: (caller: UserCaller): Promise<SessionRecord[]> => store.sessions.listLive(caller.userId),

  async revoke(caller: UserCaller, sessionId: string, client: Client): Promise<Failure<'NOT_FOUND'> | undefined> {
    if (!isUuid(sessionId)) return { failure: 'NOT_FOUND' };
    const wasLive = await change(actorOf(caller, client), async (tx) => {
      await holdSession(tx, caller);
      return tx.sessions.revokeOwn(sessionId, caller.userId, { type: 'SESSION_REVOKED' });
    });
    return wasLive ? undefined : { failure: 'NOT_FOUND' };
  },

  /** Ends the caller's other sessions, or all of them, and returns their number. */
  revokeAll: (caller: UserCaller, which: 'all' | 'others', client: Client): Promise<number> =>
    change(actorOf(caller, client), async (tx) => {
      await holdSession(tx, caller);
      const event = { type: 'SESSIONS_REVOKED', subjectId: caller.userId } as const;
      tx.audit.record(event);
      return tx.sessions.revokeAll(caller.userId, event, which === 'others' ? caller.sessionId : null);
    }),

  /**
   * Ends every session that the caller proves by an access token, by refresh tokens, or both. A refresh token of any
   * generation proves its session, because replaying an old one would end the session too.
   */
  async logout(caller: Caller, refreshTokens: readonly string[], client: Client): Promise<void> {
    const proved = new Set<string>();
    if (caller.kind === 'user') proved.add(caller.sessionId);
    for (const refreshToken of refreshTokens) {
      const presented = readRefreshToken(keys.current().refreshTokens, refreshToken);
      if (presented) proved.add(presented.sessionId);
    }
    for (const sessionId of proved)
      await change(actorOf(caller, client), (tx) => tx.sessions.revoke(sessionId, { type: 'LOGGED_OUT' }));
  },
});
