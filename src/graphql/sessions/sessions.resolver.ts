import { Arg, Authorized, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';

import { administratorOf } from '../../auth/administrators/administrator.js';
import type { UserCaller } from '../../auth/caller.js';
import { Public } from '../../authorization/rule.js';
import { GatehouseError } from '../../errors.js';
import { requireUser, type Context } from '../context.js';
import { errorResultOf } from '../error-result.js';
import { clearCookieAfterLogout, presentedRefreshToken, presentedToLogout } from '../refresh-transport.js';
import { UserSession } from '../user-session.js';
import { User } from '../users/users.types.js';
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
      'Exchanges a refresh token for its successor and a new access token. Parallel calls with the same token get the same successor.',
  })
  @Public('The access token has usually expired by then; the refresh token is the proof.')
  async refreshSession(
    @Ctx() { auth, client, refreshCookie }: Context,
    @Arg('input', () => RefreshSessionInput, {
      nullable: true,
      description: 'The refresh token. Omit it in cookie mode, in which the cookie contains the token.',
    })
    input?: RefreshSessionInput | null,
  ): Promise<typeof RefreshSessionResult> {
    const { refreshToken, handOver } = presentedRefreshToken(refreshCookie, input?.refreshToken ?? null);
    const result = await auth.refresh(refreshToken ?? '', client);
    return 'failure' in result ? errorResultOf(result) : new RefreshSessionSuccess(handOver(result));
  }

  @Mutation(() => LogoutPayload, {
    description:
      'Ends every session that the access token, the refresh token or the refresh cookie proves, and clears the cookie. Succeeds even if no session was live.',
  })
  @Public('Logging out must work when the access token has expired.')
  async logout(
    @Ctx() { auth, caller, client, refreshCookie }: Context,
    @Arg('input', () => LogoutInput, {
      nullable: true,
      description: 'A refresh token of a session to end, if the client has one.',
    })
    input?: LogoutInput | null,
  ): Promise<LogoutPayload> {
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
    const failure = await context.auth.sessions.revoke(requireUser(context), sessionId, context.client);
    return failure ? errorResultOf(failure) : new RevokeSessionSuccess(sessionId);
  }

  @Mutation(() => RevokeOtherSessionsPayload, {
    description: 'Ends all sessions of the caller except the current one.',
  })
  @Authorized()
  async revokeOtherSessions(@Ctx() context: Context): Promise<RevokeOtherSessionsPayload> {
    const { user, revokedSessions } = await context.auth.sessions.revokeOthers(requireUser(context), context.client);
    return new RevokeOtherSessionsPayload(user, revokedSessions);
  }

  @Mutation(() => RevokeAllSessionsPayload, {
    description: 'Ends all sessions of the caller, including the current one.',
  })
  @Authorized()
  async revokeAllSessions(@Ctx() context: Context): Promise<RevokeAllSessionsPayload> {
    return new RevokeAllSessionsPayload(await context.auth.sessions.revokeAll(requireUser(context), context.client));
  }
}

/**
 * Lists the sessions of a user. Devices and networks of other users are personal data, so an administrator reads them one
 * user at a time, and each time is recorded. A list of users or the result of a mutation never includes them.
 */
@Resolver(() => User)
export class UserSessionsResolver {
  @FieldResolver(() => [UserSession], {
    description:
      'The live sessions of the user, newest first, at most 100. For a user other than the caller, they are returned only from `user(id)`, where reading them is recorded as a security event; elsewhere this field returns FORBIDDEN.',
  })
  async sessions(@Root() user: User, @Ctx() context: Context): Promise<UserSession[]> {
    const { caller, auth } = context;
    const access = user.sessionAccess;
    if (access?.kind === 'login') return listSessions(await auth.sessions.list({ userId: user.id }), access.sessionId);
    if (caller.kind !== 'user') throw new GatehouseError('FORBIDDEN');
    if (caller.userId === user.id) return listSessions(await auth.sessions.list(caller), caller.sessionId);
    if (!access) throw new GatehouseError('FORBIDDEN');
    return listSessions(await viewSessionsOnce(context, caller, user.id), caller.sessionId);
  }
}

type SessionRecords = Awaited<ReturnType<Context['auth']['users']['viewSessions']>>;

const listSessions = (records: SessionRecords, currentId: string): UserSession[] =>
  records.map((record) => new UserSession(record, currentId));

/** What each request has read, by user: the event is recorded once for each, however many fields select the sessions. */
const viewed = new WeakMap<Context, Map<string, Promise<SessionRecords>>>();

const viewSessionsOnce = (context: Context, caller: UserCaller, userId: string): Promise<SessionRecords> => {
  const views = viewed.get(context) ?? new Map<string, Promise<SessionRecords>>();
  viewed.set(context, views);
  const sessions =
    views.get(userId) ?? context.auth.users.viewSessions(userId, administratorOf(caller, context.client));
  views.set(userId, sessions);
  return sessions;
};
