import type { Failure } from '../../errors.js';
import { readRefreshToken } from '../../security/tokens/refresh-token.js';
import type { Store } from '../../store/store.js';
import type { SessionRecord } from '../../store/tables/sessions.js';
import type { UserRecord } from '../../store/tables/users.js';
import { isUuid } from '../../values/uuid.js';
import { actorOf } from '../audit/security-events.js';
import type { Caller, Client, UserCaller } from '../caller.js';
import type { SigningKeyStore } from '../keys/signing-keys.js';
import type { Change, UnitOfWork } from '../unit-of-work.js';
import { holdSession } from './hold-session.js';

const revokeAll = async (tx: UnitOfWork, caller: UserCaller, exceptId: string | null): Promise<number> => {
  await holdSession(tx, caller);
  const event = { type: 'SESSIONS_REVOKED', subjectId: caller.userId } as const;
  tx.audit.record(event);
  return tx.sessions.revokeAll(caller.userId, event, exceptId);
};

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
  list: ({ userId }: Pick<UserCaller, 'userId'>): Promise<SessionRecord[]> => store.sessions.listLive(userId),

  async revoke(caller: UserCaller, sessionId: string, client: Client): Promise<Failure<'NOT_FOUND'> | undefined> {
    if (!isUuid(sessionId)) return { failure: 'NOT_FOUND' };
    const wasLive = await change(actorOf(caller, client), async (tx) => {
      await holdSession(tx, caller);
      return tx.sessions.revokeOwn(sessionId, caller.userId, { type: 'SESSION_REVOKED' });
    });
    return wasLive ? undefined : { failure: 'NOT_FOUND' };
  },

  /** Ends the caller's other sessions, and returns their number with the caller's user. */
  revokeOthers: (caller: UserCaller, client: Client): Promise<{ user: UserRecord; revokedSessions: number }> =>
    change(actorOf(caller, client), async (tx) => {
      const revokedSessions = await revokeAll(tx, caller, caller.sessionId);
      const user = await tx.users.find(caller.userId);
      if (!user) throw new Error('the user of a live session exists');
      return { user, revokedSessions };
    }),

  /** Ends all of the caller's sessions, the current one included, and returns their number. */
  revokeAll: (caller: UserCaller, client: Client): Promise<number> =>
    change(actorOf(caller, client), (tx) => revokeAll(tx, caller, null)),

  /**
   * Ends every session that the caller proves by an access token, by refresh tokens, or both, and returns the number of
   * those that were live. A refresh token of any generation proves its session, because replaying an old one would end the
   * session too.
   */
  async logout(caller: Caller, refreshTokens: readonly string[], client: Client): Promise<number> {
    const proved = new Set<string>();
    if (caller.kind === 'user') proved.add(caller.sessionId);
    for (const refreshToken of refreshTokens) {
      const presented = readRefreshToken(keys.current().refreshTokens, refreshToken);
      if (presented) proved.add(presented.sessionId);
    }
    let revokedSessions = 0;
    for (const sessionId of proved) {
      const revoke = (tx: UnitOfWork) => tx.sessions.revoke(sessionId, { type: 'LOGGED_OUT' });
      if ((await change(actorOf(caller, client), revoke)) !== undefined) revokedSessions += 1;
    }
    return revokedSessions;
  },
});
