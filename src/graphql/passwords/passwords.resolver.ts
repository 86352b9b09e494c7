import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';

import { Public } from '../../authorization/rule.js';
import { MailAccepted, ResetPasswordResult, ResetPasswordSuccess } from '../accounts/accounts.types.js';
import { requireUser, type Context } from '../context.js';
import { published } from '../error-result.js';
import { ChangePasswordInput, EmailInput, ResetPasswordInput } from '../inputs.type.js';
import { receiveRefreshTokenInSession } from '../refresh-transport.js';
import { ChangePasswordResult, ChangePasswordSuccess } from '../results.type.js';

/** The password of an account: its change, and its replacement when it is forgotten. */
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
    return 'failure' in result ? published(result) : new ChangePasswordSuccess(handOver(result));
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
    return failure ? published(failure) : new ResetPasswordSuccess();
  }
}
