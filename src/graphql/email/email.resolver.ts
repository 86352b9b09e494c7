import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';

import { RateLimit } from '../../authorization/rate-limit.js';
import { Public } from '../../authorization/rule.js';
import { requireUser, type Context } from '../context.js';
import { errorResultOf } from '../error-result.js';
import {
  ConfirmEmailChangeInput,
  ConfirmEmailChangeResult,
  ConfirmEmailChangeSuccess,
  RequestEmailChangeInput,
  RequestEmailChangeResult,
  RequestEmailChangeSuccess,
  ResendVerificationEmailInput,
  ResendVerificationEmailResult,
  ResendVerificationEmailSuccess,
  VerifyEmailInput,
  VerifyEmailResult,
  VerifyEmailSuccess,
} from './email.types.js';

/** Verifies and changes the email address of an account. */
@Resolver()
export class EmailResolver {
  @Mutation(() => VerifyEmailResult, {
    description:
      'Verifies an email address with the token that was sent to it. With the receipt of the sign-up, the password, name and language of the sign-up are kept. Without it, `newPassword` is required, and the name and the language are dropped, because a stranger may have signed up with the address.',
  })
  @Public('The token proves ownership of the address, and the link may be opened on another device.')
  async verifyEmail(
    @Arg('input', () => VerifyEmailInput, { description: 'The token, with the receipt or a new password.' })
    input: VerifyEmailInput,
    @Ctx() { auth, client }: Context,
  ): Promise<typeof VerifyEmailResult> {
    const { token, receipt = null, newPassword = null } = input;
    const result = await auth.emailVerification.verify({ token, receipt, newPassword }, client);
    return 'failure' in result ? errorResultOf(result) : new VerifyEmailSuccess(result.email);
  }

  @Mutation(() => ResendVerificationEmailResult, {
    description:
      'Requests another email with a verification link. The response is the same for every address, known or not.',
  })
  @Public('A person who waits for the email cannot log in yet.')
  @RateLimit('mail')
  async resendVerificationEmail(
    @Arg('input', () => ResendVerificationEmailInput, { description: 'The address to verify.' })
    { email }: ResendVerificationEmailInput,
    @Ctx() { auth, client }: Context,
  ): Promise<typeof ResendVerificationEmailResult> {
    const failure = await auth.emailVerification.resend(email, client);
    return failure ? errorResultOf(failure) : new ResendVerificationEmailSuccess();
  }

  @Mutation(() => RequestEmailChangeResult, {
    description:
      'Requests a change of the email address of the caller. A link is sent to the new address and a notice to the current one. The response is the same if another account has the new address.',
  })
  @Authorized()
  async requestEmailChange(
    @Arg('input', () => RequestEmailChangeInput, { description: 'The new address, and the password of the caller.' })
    input: RequestEmailChangeInput,
    @Ctx() context: Context,
  ): Promise<typeof RequestEmailChangeResult> {
    const failure = await context.auth.emailChange.request(requireUser(context), input, context.client);
    return failure ? errorResultOf(failure) : new RequestEmailChangeSuccess();
  }

  @Mutation(() => ConfirmEmailChangeResult, {
    description: 'Changes the email address of an account with the token that was sent to the new address.',
  })
  @Public('The token proves ownership of the address, and the link may be opened on another device.')
  async confirmEmailChange(
    @Arg('input', () => ConfirmEmailChangeInput, { description: 'The token.' }) { token }: ConfirmEmailChangeInput,
    @Ctx() { auth, client }: Context,
  ): Promise<typeof ConfirmEmailChangeResult> {
    const result = await auth.emailChange.confirm(token, client);
    return 'failure' in result ? errorResultOf(result) : new ConfirmEmailChangeSuccess(result.email);
  }
}
