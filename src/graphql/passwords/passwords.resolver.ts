import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';

import { RateLimit } from '../../authorization/rate-limit.js';
import { Public } from '../../authorization/rule.js';
import { internalsOf, requireUser, type Context } from '../context.js';
import { ASKS_FOR_PASSWORD, emailLink, LINK_TTL } from '../descriptions.js';
import { errorResultOf } from '../error-result.js';
import { receiveDeviceToken, receiveRefreshTokenInSession } from '../refresh-transport.js';
import {
  ChangePasswordInput,
  ChangePasswordResult,
  ChangePasswordSuccess,
  RequestPasswordResetInput,
  RequestPasswordResetResult,
  RequestPasswordResetSuccess,
  ResetPasswordInput,
  ResetPasswordResult,
  ResetPasswordSuccess,
} from './passwords.types.js';

/** Changes the password of an account, and resets a forgotten one. */
@Resolver()
export class PasswordResolver {
  @Mutation(() => ChangePasswordResult, {
    description: `Changes the password of the caller. Every session ends, including the current one, and the result contains the tokens of a new session. ${ASKS_FOR_PASSWORD}`,
  })
  @Authorized()
  @RateLimit('login')
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'The current and the new password.' })
    input: ChangePasswordInput,
    @Ctx() context: Context,
  ): Promise<typeof ChangePasswordResult> {
    const { auth, client, refreshCookie } = internalsOf(context);
    const { refreshToken, handOver } = receiveRefreshTokenInSession(refreshCookie);
    const result = await auth.passwords.change(requireUser(context), input, client, refreshToken);
    return 'failure' in result ? errorResultOf(result) : new ChangePasswordSuccess(handOver(result));
  }

  @Mutation(() => RequestPasswordResetResult, {
    description: `Requests an email with a link to set a new password: ${emailLink('reset-password', LINK_TTL)}. The response is the same for every address.`,
  })
  @Public('A person who forgot the password cannot log in.')
  @RateLimit('mail')
  async requestPasswordReset(
    @Arg('input', () => RequestPasswordResetInput, { description: 'The address of the account.' })
    { email }: RequestPasswordResetInput,
    @Ctx() context: Context,
  ): Promise<typeof RequestPasswordResetResult> {
    const { auth, client } = internalsOf(context);
    const failure = await auth.passwordReset.request(email, client);
    return failure ? errorResultOf(failure) : new RequestPasswordResetSuccess();
  }

  @Mutation(() => ResetPasswordResult, {
    description:
      'Sets a new password with the token that `requestPasswordReset` sent, and verifies the address. Every session of the account ends and none starts: call `login` next. `WeakPasswordError` does not use up the token.',
  })
  @Public('The token authenticates the request.')
  @RateLimit('link')
  async resetPassword(
    @Arg('input', () => ResetPasswordInput, { description: 'The token and the new password.' })
    input: ResetPasswordInput,
    @Ctx() context: Context,
  ): Promise<typeof ResetPasswordResult> {
    const { auth, client, refreshCookie } = internalsOf(context);
    const handOver = receiveDeviceToken(refreshCookie);
    const result = await auth.passwordReset.reset(input, client);
    return 'failure' in result
      ? errorResultOf(result)
      : new ResetPasswordSuccess(result.email, handOver(result.deviceToken));
  }
}
