import { GatehouseError, type Failure } from '../../errors.js';
import { readRefreshToken } from '../../security/tokens/refresh-token.js';
import { isUuid, uuidv7 } from '../../values/uuid.js';
import type { SessionRecord } from '../../store/tables/sessions.js';
import type { Rows } from '../../store/store.js';
import type { Caller, Client, UserCaller } from '../caller.js';
import { deviceOf } from '../client-info.js';
import type { AuthDependencies } from '../dependencies.js';
import { actorOf, recordEvent } from '../audit/security-events.js';

/** The client of Gatehouse's own GraphQL API, where no other is named. */
export const FIRST_PARTY_CLIENT_ID = 'gatehouse';

/** How and when the user was authenticated, and for which client. `amr` holds methods of RFC 8176. */
export interface Authentication {
  readonly amr: readonly string[];
  readonly authTime: Date;
  readonly clientId: string;
}

/**
 * Begins a session; the one way to do so. The id is always new, whatever the client sends along.
 *
 * The user's row stays locked until the transaction ends: whoever disables the user at the same moment either
 * comes first, and no session begins, or comes second and ends this one with the others. Under the same lock the oldest
 * sessions make room, so that many logins at once do not exceed SESSIONS_PER_USER either. The caller forgets the principals.
 *
 * @param replaced ids of sessions that end first, so that no other one has to make room for the new one
 * @returns undefined when the user is disabled or gone
 */
export const startSession = async (
  tx: Rows,
  { config, clock }: Pick<AuthDependencies, 'config' | 'clock'>,
  userId: string,
  { amr, authTime, clientId }: Authentication,
  client: Client,
  replaced: readonly string[] = [],
): Promise<SessionRecord | undefined> => {
  if (!(await tx.users.markLoggedIn(userId))) return undefined;
  for (const sessionId of replaced) {
    const subjectId = await tx.sessions.revoke(sessionId);
    const event = { type: 'SESSION_REVOKED', subjectId, sessionId, detail: { cause: 'REPLACED' } } as const;
    if (subjectId !== undefined) await recordEvent(tx, clock(), { kind: 'user', userId, client }, event);
  }
  const { count, firstId } = await tx.sessions.revokeOldest(userId, config.sessionsPerUser - 1);
  if (firstId !== null) {
    // One event however many there are: there may be thousands, from before there was a limit.
    const cause = 'SESSIONS_PER_USER';
    const event =
      count === 1
        ? ({ type: 'SESSION_REVOKED', sessionId: firstId, detail: { cause } } as const)
        : ({ type: 'SESSIONS_REVOKED', detail: { count, cause } } as const);
    await recordEvent(tx, clock(), { kind: 'system' }, { ...event, subjectId: userId });
  }
  return tx.sessions.create({
    id: uuidv7(clock()),
    userId,
    clientId,
    amr,
    authTime,
    device: deviceOf(client.userAgent),
    network: client.network,
    userAgent: client.userAgent,
    idleTtlSeconds: config.sessionIdleTtlSeconds,
    absoluteTtlSeconds: config.sessionAbsoluteTtlSeconds,
  });
};

/**
 * Holds the caller's account until the transaction ends, as long as its session is alive: a request that waited while the
 * session was revoked writes nothing any more.
 *
 * @throws GatehouseError UNAUTHENTICATED when the session has ended, or the account is gone
 */
export const holdSession = async (tx: Rows, { userId, sessionId }: UserCaller): Promise<void> => {
  await tx.users.lock(userId);
  if (!(await tx.sessions.holdLive(sessionId)))
    throw new GatehouseError('UNAUTHENTICATED', { reason: 'SESSION_REVOKED' });
};

/** The sessions of the one who calls. */
export const createSessions = ({ store, clock, keys, principals }: AuthDependencies) => ({
  list: (caller: UserCaller): Promise<SessionRecord[]> => store.sessions.listLive(caller.userId),

  async revoke(caller: UserCaller, sessionId: string, client: Client): Promise<Failure<'NOT_FOUND'> | undefined> {
    if (!isUuid(sessionId)) return { failure: 'NOT_FOUND' };
    const revoked = await store.transaction(async (tx) => {
      await holdSession(tx, caller);
      if (!(await tx.sessions.revokeOwn(sessionId, caller.userId))) return false;
      const event = { type: 'SESSION_REVOKED', subjectId: caller.userId, sessionId } as const;
      await recordEvent(tx, clock(), actorOf(caller, client), event);
      return true;
    });
    principals.forget(caller.userId);
    return revoked ? undefined : { failure: 'NOT_FOUND' };
  },

  /** Ends the caller's other sessions, or this one too, and counts them. */
  async revokeAll(caller: UserCaller, which: 'all' | 'others', client: Client): Promise<number> {
    const revoked = await store.transaction(async (tx) => {
      await holdSession(tx, caller);
      const count = await tx.sessions.revokeAll(caller.userId, which === 'others' ? caller.sessionId : null);
      const event = { type: 'SESSIONS_REVOKED', subjectId: caller.userId, detail: { count } } as const;
      await recordEvent(tx, clock(), actorOf(caller, client), event);
      return count;
    });
    principals.forget(caller.userId);
    return revoked;
  },

  /**
   * Ends every session that the caller proves: by its access token, by refresh tokens, or both. Any generation of a
   * refresh token will do, since whoever holds an old one may end the session by replaying it anyway.
   */
  async logout(caller: Caller, refreshTokens: readonly string[], client: Client): Promise<void> {
    const proved = new Set<string>();
    if (caller.kind === 'user') proved.add(caller.sessionId);
    for (const refreshToken of refreshTokens) {
      const presented = readRefreshToken(keys.current().refreshTokens, refreshToken);
      if (presented) proved.add(presented.sessionId);
    }
    for (const sessionId of proved) {
      const userId = await store.transaction(async (tx) => {
        const subjectId = await tx.sessions.revoke(sessionId);
        if (subjectId)
          await recordEvent(tx, clock(), actorOf(caller, client), { type: 'LOGGED_OUT', subjectId, sessionId });
        return subjectId;
      });
      if (userId) principals.forget(userId);
    }
  },
});
