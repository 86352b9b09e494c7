import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';

import { RateLimit } from '../../authorization/rate-limit.js';
import { Public } from '../../authorization/rule.js';
import { internalsOf, type Context } from '../context.js';
import { errorResultOf } from '../error-result.js';
import { presentedDeviceToken, receiveRefreshToken } from '../refresh-transport.js';
import { AuthConfig, LoginInput, LoginResult, LoginSuccess } from './login.types.js';

/** Logs a user in, and publishes the settings that a login page needs. */
@Resolver()
export class LoginResolver {
  @Query(() => AuthConfig, { description: 'The settings of this server that a client needs before login.' })
  @Public('A login page needs the settings before the user is logged in.')
  authConfig(@Ctx() context: Context): AuthConfig {
    return new AuthConfig(internalsOf(context).auth.settings);
  }

  @Mutation(() => LoginResult, {
    description:
      'Logs a user in with an email address and a password, and starts a session. On success the previous session of this client ends: the one of the refresh cookie (in cookie mode), and the one of the access token sent, if it belongs to the same user.',
  })
  @Public('A person who logs in has no session yet.')
  @RateLimit('login')
  async login(
    @Arg('input', () => LoginInput, { description: 'The credentials of the user.' }) input: LoginInput,
    @Ctx() context: Context,
  ): Promise<typeof LoginResult> {
    const { auth, caller, client, refreshCookie } = internalsOf(context);
    const { refreshToken, handOver } = receiveRefreshToken(refreshCookie);
    const { email, password } = input;
    const login = { email, password, deviceToken: presentedDeviceToken(refreshCookie, input.deviceToken ?? null) };
    const result = await auth.login.withPassword(login, client, { caller, refreshToken });
    return 'failure' in result ? errorResultOf(result) : new LoginSuccess(handOver(result));
  }
}
