import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';

import { Public } from '../../authorization/rule.js';
import { requireUser, type Context } from '../context.js';
import { errorResultOf } from '../error-result.js';
import {
  ConfirmEmailChangeInput,
  ConfirmEmailChangeResult,
  ConfirmEmailChangeSuccess,
  EmailInput,
  MailAccepted,
  RequestEmailChangeInput,
  RequestEmailChangeResult,
  VerifyEmailInput,
  VerifyEmailResult,
  VerifyEmailSuccess,
} from './email.types.js';

/** Verifies and changes the email address of an account. */
@Resolver()
export class EmailResolver {
  @Mutation(() => VerifyEmailResult, {
    description:
      'Proves an address by the token that was mailed to it. With the receipt of the sign-up its password, name and language stay; without, a new password is demanded and they go.',
  })
  @Public('The token is the proof; whoever clicks it may be on another device.')
  async verifyEmail(
    @Arg('input', () => VerifyEmailInput, { description: 'The token and the receipt.' }) input: VerifyEmailInput,
    @Ctx() { auth, client }: Context,
  ): Promise<typeof VerifyEmailResult> {
    const { token, receipt = null, newPassword = null } = input;
    const failure = await auth.emailVerification.verify({ token, receipt, newPassword }, client);
    return failure ? errorResultOf(failure) : new VerifyEmailSuccess();
  }

  @Mutation(() => MailAccepted, {
    description: 'Asks for another verification mail. The answer is the same for every address.',
  })
  @Public('Who waits for the mail cannot log in yet.')
  async resendVerificationEmail(
    @Arg('input', () => EmailInput, { description: 'Which address.' }) { email }: EmailInput,
    @Ctx() { auth, client }: Context,
  ): Promise<MailAccepted> {
    await auth.emailVerification.resend(email, client);
    return new MailAccepted();
  }

  @Mutation(() => RequestEmailChangeResult, {
    description:
      'Asks for another address. A link goes to the new one, a notice to the old; the answer is the same for an address that is taken.',
  })
  @Authorized()
  async requestEmailChange(
    @Arg('input', () => RequestEmailChangeInput, { description: 'The new address, and your password.' })
    input: RequestEmailChangeInput,
    @Ctx() context: Context,
  ): Promise<typeof RequestEmailChangeResult> {
    const failure = await context.auth.emailChange.request(requireUser(context), input, context.client);
    return failure ? errorResultOf(failure) : new MailAccepted();
  }

  @Mutation(() => ConfirmEmailChangeResult, {
    description: 'Proves the new address by the token that was mailed to it.',
  })
  @Public('The token is the proof; whoever clicks it may be on another device.')
  async confirmEmailChange(
    @Arg('input', () => ConfirmEmailChangeInput, { description: 'The token.' }) { token }: ConfirmEmailChangeInput,
    @Ctx() { auth, client }: Context,
  ): Promise<typeof ConfirmEmailChangeResult> {
    const failure = await auth.emailChange.confirm(token, client);
    return failure ? errorResultOf(failure) : new ConfirmEmailChangeSuccess();
  }
}
