import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';

import { Public } from '../contract/rule.js';
import type { Context } from './context.js';
import { published } from './failure.type.js';
import { LoginInput, LogoutInput, RefreshSessionInput } from './inputs.type.js';
import {
  LoginResult,
  LoginSuccess,
  LogoutSuccess,
  RefreshSessionResult,
  RefreshSessionSuccess,
} from './results.type.js';

/** Coming in, staying in, going out. */
@Resolver()
export class LoginResolver {
  @Mutation(() => LoginResult, { description: 'Begins a session with an address and a password.' })
  @Public('Who logs in is nobody yet.')
  async login(
    @Arg('input', () => LoginInput, { description: 'Who logs in.' }) input: LoginInput,
    @Ctx() { auth, client }: Context,
  ): Promise<typeof LoginResult> {
    const result = await auth.login.withPassword(input, client);
    return 'failure' in result ? published(result) : new LoginSuccess(result);
  }

  @Mutation(() => RefreshSessionResult, {
    description:
      'Exchanges a refresh token for its successor and a new access token. Parallel calls with one token get the same successor.',
  })
  @Public('The access token has expired when this is called; the refresh token is the proof.')
  async refreshSession(
    @Ctx() { auth, client }: Context,
    @Arg('input', () => RefreshSessionInput, { nullable: true, description: 'The refresh token.' })
    input?: RefreshSessionInput | null,
  ): Promise<typeof RefreshSessionResult> {
    const result = await auth.refresh(input?.refreshToken ?? '', client);
    return 'failure' in result ? published(result) : new RefreshSessionSuccess(result);
  }

  @Mutation(() => LogoutSuccess, { description: 'Ends every session that the bearer or the refresh token proves.' })
  @Public('Logging out must work when the access token has expired.')
  async logout(
    @Ctx() { auth, caller, client }: Context,
    @Arg('input', () => LogoutInput, { nullable: true, description: 'A refresh token, where there is one.' })
    input?: LogoutInput | null,
  ): Promise<LogoutSuccess> {
    await auth.sessions.logout(caller, input?.refreshToken ?? null, client);
    return new LogoutSuccess();
  }
}
