import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';

import { RateLimit } from '../../authorization/rate-limit.js';
import { Public } from '../../authorization/rule.js';
import { internalsOf, requireUser, type Context } from '../context.js';
import { ASKS_FOR_PASSWORD, emailLink, LINK_TTL, VERIFICATION_TTL } from '../descriptions.js';
import { errorResultOf } from '../error-result.js';
import { receiveDeviceToken } from '../refresh-transport.js';
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
      'Verifies an email address with the token that was sent to it. For a sign-up, its receipt keeps the password, the name and the language. Without a receipt, or with that of another sign-up, `newPassword` is required, and the name and the language are dropped, because a stranger may have signed up with the address. An account that an administrator created needs neither: its password stays unless `newPassword` is given. An imported account requires `newPassword`. `PasswordRequiredError` and `WeakPasswordError` do not use up the token.',
  })
  @Public('The token authenticates the request, and the link may be opened on another device.')
  @RateLimit('link')
  async verifyEmail(
    @Arg('input', () => VerifyEmailInput, { description: 'The token, with the receipt or a new password.' })
    input: VerifyEmailInput,
    @Ctx() context: Context,
  ): Promise<typeof VerifyEmailResult> {
    const { auth, client, refreshCookie } = internalsOf(context);
    const handOver = receiveDeviceToken(refreshCookie);
    const { token, receipt = null, newPassword = null } = input;
    const result = await auth.emailVerification.verify({ token, receipt, newPassword }, client);
    return 'failure' in result
      ? errorResultOf(result)
      : new VerifyEmailSuccess(result.email, handOver(result.deviceToken));
  }

  @Mutation(() => ResendVerificationEmailResult, {
    description: `Requests another email with the verification link ${emailLink('verify-email', VERIFICATION_TTL)}. It replaces the older link of the same sign-up or account; the receipt of the newest sign-up stays valid. The response is the same for every address.`,
  })
  @Public('A user may have to verify the address before the first login.')
  @RateLimit('mail')
  async resendVerificationEmail(
    @Arg('input', () => ResendVerificationEmailInput, { description: 'The address to verify.' })
    { email }: ResendVerificationEmailInput,
    @Ctx() context: Context,
  ): Promise<typeof ResendVerificationEmailResult> {
    const { auth, client } = internalsOf(context);
    const failure = await auth.emailVerification.resend(email, client);
    return failure ? errorResultOf(failure) : new ResendVerificationEmailSuccess();
  }

  @Mutation(() => RequestEmailChangeResult, {
    description: `Requests a change of the email address of the caller. A notice is sent to the current address, and to the new one the link ${emailLink('confirm-email-change', LINK_TTL)}. The response is the same if another account has the new address. ${ASKS_FOR_PASSWORD}`,
  })
  @Authorized()
  @RateLimit('login')
  async requestEmailChange(
    @Arg('input', () => RequestEmailChangeInput, {
      description: 'The new address, and the current password of the caller.',
    })
    input: RequestEmailChangeInput,
    @Ctx() context: Context,
  ): Promise<typeof RequestEmailChangeResult> {
    const { auth, client } = internalsOf(context);
    const failure = await auth.emailChange.request(requireUser(context), input, client);
    return failure ? errorResultOf(failure) : new RequestEmailChangeSuccess();
  }

  @Mutation(() => ConfirmEmailChangeResult, {
    description:
      'Changes the email address of an account with the token that `requestEmailChange` sent to the new address.',
  })
  @Public('The token authenticates the request, and the link may be opened on another device.')
  @RateLimit('link')
  async confirmEmailChange(
    @Arg('input', () => ConfirmEmailChangeInput, { description: 'The token.' }) { token }: ConfirmEmailChangeInput,
    @Ctx() context: Context,
  ): Promise<typeof ConfirmEmailChangeResult> {
    const { auth, client } = internalsOf(context);
    const result = await auth.emailChange.confirm(token, client);
    return 'failure' in result ? errorResultOf(result) : new ConfirmEmailChangeSuccess(result.email);
  }
}
