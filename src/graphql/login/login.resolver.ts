import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';

import { Public } from '../../authorization/rule.js';
import type { Context } from '../context.js';
import { errorResultOf } from '../error-result.js';
import { receiveRefreshToken } from '../refresh-transport.js';
import { AuthConfig, LoginInput, LoginResult, LoginSuccess } from './login.types.js';

/** Logs a user in, and publishes the settings that a login page needs. */
@Resolver()
export class LoginResolver {
  @Query(() => AuthConfig, { description: 'What a client must know before anybody logs in.' })
  @Public('A login page needs it before anybody is logged in.')
  authConfig(@Ctx() { auth }: Context): AuthConfig {
    return new AuthConfig(auth.settings);
  }

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
    return 'failure' in result ? errorResultOf(result) : new LoginSuccess(handOver(result));
  }
}
