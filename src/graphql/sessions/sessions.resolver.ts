import { Arg, Authorized, Ctx, Mutation, Query, Resolver } from 'type-graphql';

import { Public } from '../../authorization/rule.js';
import { requireUser, type Context } from '../context.js';
import { errorResultOf } from '../error-result.js';
import { clearCookieAfterLogout, presentedRefreshToken, presentedToLogout } from '../refresh-transport.js';
import {
  LogoutInput,
  LogoutSuccess,
  RefreshSessionInput,
  RefreshSessionResult,
  RefreshSessionSuccess,
  RevokeSessionInput,
  RevokeSessionResult,
  RevokeSessionsSuccess,
  RevokeSessionSuccess,
  UserSession,
} from './sessions.types.js';

/** Refreshes, lists and ends the caller's own sessions. */
@Resolver()
export class SessionResolver {
  @Query(() => [UserSession], { nullable: true, description: 'Where you are logged in, the newest first.' })
  @Authorized()
  async mySessions(@Ctx() context: Context): Promise<UserSession[]> {
    const caller = requireUser(context);
    const records = await context.auth.sessions.list(caller);
    return records.map((record) => new UserSession(record, caller.sessionId));
  }

  @Mutation(() => RefreshSessionResult, {
    description:
      'Exchanges a refresh token for its successor and a new access token. Parallel calls with one token get the same successor.',
  })
  @Public('The access token has expired when this is called; the refresh token is the proof.')
  async refreshSession(
    @Ctx() { auth, client, refreshCookie }: Context,
    @Arg('input', () => RefreshSessionInput, {
      nullable: true,
      description: 'The refresh token; omitted in cookie mode.',
    })
    input?: RefreshSessionInput | null,
  ): Promise<typeof RefreshSessionResult> {
    const { refreshToken, handOver } = presentedRefreshToken(refreshCookie, input?.refreshToken ?? null);
    const result = await auth.refresh(refreshToken ?? '', client);
    return 'failure' in result ? errorResultOf(result) : new RefreshSessionSuccess(handOver(result));
  }

  @Mutation(() => LogoutSuccess, {
    description:
      'Ends every session that the access token, the refresh token or the cookie proves, and clears the cookie.',
  })
  @Public('Logging out must work when the access token has expired.')
  async logout(
    @Ctx() { auth, caller, client, refreshCookie }: Context,
    @Arg('input', () => LogoutInput, { nullable: true, description: 'A refresh token, where there is one.' })
    input?: LogoutInput | null,
  ): Promise<LogoutSuccess> {
    const refreshTokens = presentedToLogout(refreshCookie, input?.refreshToken ?? null);
    await auth.sessions.logout(caller, refreshTokens, client);
    clearCookieAfterLogout(refreshCookie);
    return new LogoutSuccess();
  }

  @Mutation(() => RevokeSessionResult, {
    description: 'Ends one of your sessions; its tokens are refused from now on.',
  })
  @Authorized()
  async revokeSession(
    @Arg('input', () => RevokeSessionInput, { description: 'Which one.' }) { sessionId }: RevokeSessionInput,
    @Ctx() context: Context,
  ): Promise<typeof RevokeSessionResult> {
    const failure = await context.auth.sessions.revoke(requireUser(context), sessionId, context.client);
    return failure ? errorResultOf(failure) : new RevokeSessionSuccess();
  }

  @Mutation(() => RevokeSessionsSuccess, { description: 'Ends all your sessions but this one.' })
  @Authorized()
  async revokeOtherSessions(@Ctx() context: Context): Promise<RevokeSessionsSuccess> {
    return new RevokeSessionsSuccess(
      await context.auth.sessions.revokeAll(requireUser(context), 'others', context.client),
    );
  }

  @Mutation(() => RevokeSessionsSuccess, { description: 'Ends all your sessions, this one too.' })
  @Authorized()
  async revokeAllSessions(@Ctx() context: Context): Promise<RevokeSessionsSuccess> {
    return new RevokeSessionsSuccess(
      await context.auth.sessions.revokeAll(requireUser(context), 'all', context.client),
    );
  }
}
