import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';

import { Public } from '../../authorization/rule.js';
import type { Context } from '../context.js';
import { published } from '../error-result.js';
import { LoginInput, LogoutInput, RefreshSessionInput } from '../inputs.type.js';
import {
  clearCookieAfterLogout,
  presentedRefreshToken,
  presentedToLogout,
  receiveRefreshToken,
} from '../refresh-transport.js';
import {
  LoginResult,
  LoginSuccess,
  LogoutSuccess,
  RefreshSessionResult,
  RefreshSessionSuccess,
} from '../results.type.js';

/** Coming in, staying in, going out. */
@Resolver()
export class LoginResolver {
  @Mutation(() => LoginResult, {
    description:
      'Begins a session with an email address and a password. On success, ends the sessions that the request proves: by the refresh cookie in cookie mode, and by an access token of the same user.',
  })
  @Public('Who logs in is nobody yet.')
  async login(
    @Arg('input', () => LoginInput, { description: 'Who logs in.' }) input: LoginInput,
    @Ctx() { auth, caller, client, refreshCookie }: Context,
  ): Promise<typeof LoginResult> {
    const { refreshToken, handOver } = receiveRefreshToken(refreshCookie);
    const result = await auth.login.withPassword(input, client, { caller, refreshToken });
    return 'failure' in result ? published(result) : new LoginSuccess(handOver(result));
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
    return 'failure' in result ? published(result) : new RefreshSessionSuccess(handOver(result));
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
}
