import { Arg, Authorized, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';

import { administratorOf } from '../../auth/administrators/administrator.js';
import type { UserCaller } from '../../auth/caller.js';
import { RateLimit } from '../../authorization/rate-limit.js';
import { Public } from '../../authorization/rule.js';
import { GatehouseError } from '../../errors.js';
import { SESSION_LIST_MAX } from '../../values/policy.js';
import { internalsOf, requireUser, type Context, type RequestInternals } from '../context.js';
import { errorResultOf } from '../error-result.js';
import { clearCookieAfterLogout, presentedRefreshToken, presentedToLogout } from '../refresh-transport.js';
import { UserSession } from '../user-session.js';
import { sessionAccessOf, User } from '../users/users.types.js';
import {
  LogoutInput,
  LogoutPayload,
  RefreshSessionInput,
  RefreshSessionResult,
  RefreshSessionSuccess,
  RevokeAllSessionsPayload,
  RevokeOtherSessionsPayload,
  RevokeSessionInput,
  RevokeSessionResult,
  RevokeSessionSuccess,
} from './sessions.types.js';

/** Refreshes and ends the caller's own sessions. */
@Resolver()
export class SessionResolver {
  @Mutation(() => RefreshSessionResult, {
    description:
      'Exchanges a refresh token for its successor and a new access token. Parallel calls with the same token get the same successor. In cookie mode (`X-Refresh-Transport: cookie`, see `IssuedTokens.refreshToken`), the token is in the cookie, and no input is needed. With neither input nor cookie, the result is `InvalidRefreshTokenError`, which does not clear the cookie: only `logout` does.',
  })
  @Public('The access token has usually expired by then; the refresh token authenticates the request.')
  @RateLimit('refresh')
  async refreshSession(
    @Ctx() context: Context,
    @Arg('input', () => RefreshSessionInput, {
      nullable: true,
      description:
        'The refresh token. Omit it in cookie mode: a token both here and in the cookie causes `BAD_REQUEST`.',
    })
    input?: RefreshSessionInput | null,
  ): Promise<typeof RefreshSessionResult> {
    const { auth, client, refreshCookie } = internalsOf(context);
    const { refreshToken, handOver } = presentedRefreshToken(refreshCookie, input?.refreshToken ?? null);
    const result = await auth.refresh(refreshToken ?? '', client);
    return 'failure' in result ? errorResultOf(result) : new RefreshSessionSuccess(handOver(result));
  }

  @Mutation(() => LogoutPayload, {
    description:
      'Ends the sessions that the access token, the refresh token and the refresh cookie of the request identify, and clears the cookie, with or without `X-Refresh-Transport`. The cookie counts only from an allowed origin. Succeeds even if no session was active.',
  })
  @Public('Logging out must work when the access token has expired.')
  async logout(
    @Ctx() context: Context,
    @Arg('input', () => LogoutInput, {
      nullable: true,
      description: 'A refresh token of a session to end, if the client has one.',
    })
    input?: LogoutInput | null,
  ): Promise<LogoutPayload> {
    const { auth, caller, client, refreshCookie } = internalsOf(context);
    const refreshTokens = presentedToLogout(refreshCookie, input?.refreshToken ?? null);
    const revokedSessions = await auth.sessions.logout(caller, refreshTokens, client);
    clearCookieAfterLogout(refreshCookie);
    return new LogoutPayload(revokedSessions);
  }

  @Mutation(() => RevokeSessionResult, {
    description: 'Ends one of the sessions of the caller. Its tokens are rejected from now on.',
  })
  @Authorized()
  async revokeSession(
    @Arg('input', () => RevokeSessionInput, { description: 'The session to end.' })
    { sessionId }: RevokeSessionInput,
    @Ctx() context: Context,
  ): Promise<typeof RevokeSessionResult> {
    const { auth, client } = internalsOf(context);
    const failure = await auth.sessions.revoke(requireUser(context), sessionId, client);
    return failure ? errorResultOf(failure) : new RevokeSessionSuccess(sessionId);
  }

  @Mutation(() => RevokeOtherSessionsPayload, {
    description: 'Ends all sessions of the caller except the current one.',
  })
  @Authorized()
  async revokeOtherSessions(@Ctx() context: Context): Promise<RevokeOtherSessionsPayload> {
    const { auth, client } = internalsOf(context);
    const { user, revokedSessions } = await auth.sessions.revokeOthers(requireUser(context), client);
    return new RevokeOtherSessionsPayload(user, revokedSessions);
  }

  @Mutation(() => RevokeAllSessionsPayload, {
    description: 'Ends all sessions of the caller, including the current one.',
  })
  @Authorized()
  async revokeAllSessions(@Ctx() context: Context): Promise<RevokeAllSessionsPayload> {
    const { auth, client } = internalsOf(context);
    return new RevokeAllSessionsPayload(await auth.sessions.revokeAll(requireUser(context), client));
  }
}

/**
 * Lists the sessions of a user. Devices and networks of other users are personal data, so an administrator reads them one
 * user at a time, and each time is recorded. A list of users or the result of a mutation never includes them.
 */
@Resolver(() => User)
export class UserSessionsResolver {
  @FieldResolver(() => [UserSession], {
    description: `The active sessions of the user, newest first, at most ${SESSION_LIST_MAX}. For a user other than the caller, they are returned only from \`user(id)\`, where each request that reads them is recorded as a security event. In \`users\`, the error \`FORBIDDEN\` replaces the list by null; a mutation that selects them is rejected with \`FORBIDDEN\` before it changes anything. So do not put this field into a shared fragment.`,
  })
  async sessions(@Root() user: User, @Ctx() context: Context): Promise<UserSession[]> {
    const request = internalsOf(context);
    const { caller, auth } = request;
    const access = sessionAccessOf(user);
    if (access?.kind === 'login') return listSessions(await auth.sessions.list({ userId: user.id }), access.sessionId);
    if (caller.kind !== 'user') throw new GatehouseError('FORBIDDEN');
    if (caller.userId === user.id) return listSessions(await auth.sessions.list(caller), caller.sessionId);
    if (!access) throw new GatehouseError('FORBIDDEN');
    return listSessions(await viewSessionsOnce(request, caller, user.id), caller.sessionId);
  }
}

type SessionRecords = Awaited<ReturnType<RequestInternals['auth']['users']['viewSessions']>>;

const listSessions = (records: SessionRecords, currentId: string): UserSession[] =>
  records.map((record) => new UserSession(record, currentId));

/** What each request has read, by user: the event is recorded once for each, however many fields select the sessions. */
const viewed = new WeakMap<RequestInternals, Map<string, Promise<SessionRecords>>>();

const viewSessionsOnce = (request: RequestInternals, caller: UserCaller, userId: string): Promise<SessionRecords> => {
  const views = viewed.get(request) ?? new Map<string, Promise<SessionRecords>>();
  viewed.set(request, views);
  const sessions =
    views.get(userId) ?? request.auth.users.viewSessions(userId, administratorOf(caller, request.client));
  views.set(userId, sessions);
  return sessions;
};
