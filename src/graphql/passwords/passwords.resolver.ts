import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';

import { Public } from '../../authorization/rule.js';
import { requireUser, type Context } from '../context.js';
import { EmailInput, MailAccepted } from '../email/email.types.js';
import { errorResultOf } from '../error-result.js';
import { receiveRefreshTokenInSession } from '../refresh-transport.js';
import {
  ChangePasswordInput,
  ChangePasswordResult,
  ChangePasswordSuccess,
  ResetPasswordInput,
  ResetPasswordResult,
  ResetPasswordSuccess,
} from './passwords.types.js';

/** Changes the password of an account, and resets a forgotten one. */
@Resolver()
export class PasswordResolver {
  @Mutation(() => ChangePasswordResult, {
    description: 'Changes your password. Every session ends, this one too; the answer holds the tokens of a new one.',
  })
  @Authorized()
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'Both passwords.' }) input: ChangePasswordInput,
    @Ctx() context: Context,
  ): Promise<typeof ChangePasswordResult> {
    const { refreshToken, handOver } = receiveRefreshTokenInSession(context.refreshCookie);
    const result = await context.auth.passwords.change(requireUser(context), input, context.client, refreshToken);
    return 'failure' in result ? errorResultOf(result) : new ChangePasswordSuccess(handOver(result));
  }

  @Mutation(() => MailAccepted, {
    description: 'Asks for a link to choose a new password. The answer is the same for every address.',
  })
  @Public('Who forgot the password cannot log in.')
  async requestPasswordReset(
    @Arg('input', () => EmailInput, { description: 'The address of the account.' }) { email }: EmailInput,
    @Ctx() { auth, client }: Context,
  ): Promise<MailAccepted> {
    await auth.passwordReset.request(email, client);
    return new MailAccepted();
  }

  @Mutation(() => ResetPasswordResult, {
    description: 'Sets a new password by the token that was mailed. Every session ends and none begins: log in.',
  })
  @Public('The token is the proof.')
  async resetPassword(
    @Arg('input', () => ResetPasswordInput, { description: 'The token, and the new password.' })
    input: ResetPasswordInput,
    @Ctx() { auth, client }: Context,
  ): Promise<typeof ResetPasswordResult> {
    const failure = await auth.passwordReset.reset(input, client);
    return failure ? errorResultOf(failure) : new ResetPasswordSuccess();
  }
}
