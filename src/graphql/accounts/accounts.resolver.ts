import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';

import { OncePerDocument } from '../../authorization/operation-check.js';
import { RateLimit } from '../../authorization/rate-limit.js';
import { Public } from '../../authorization/rule.js';
import { requireUser, type Context } from '../context.js';
import { errorResultOf } from '../error-result.js';
import {
  CancelAccountDeletionPayload,
  DeleteMyAccountInput,
  DeleteMyAccountResult,
  DeleteMyAccountSuccess,
  ExportMyDataInput,
  ExportMyDataResult,
  ExportMyDataSuccess,
  SignUpSuccess,
  SignUpInput,
  SignUpResult,
  UpdateProfileInput,
  UpdateProfileResult,
  UpdateProfileSuccess,
} from './accounts.types.js';

/** Creates, changes, exports and deletes the caller's own account. */
@Resolver()
export class AccountResolver {
  @Mutation(() => SignUpResult, {
    description:
      'Requests an account for an email address. The response is the same whether or not the address has an account; only an email to the address reveals it. Call `verifyEmail` with the token of that email to create the account.',
  })
  @Public('A person who signs up has no account yet.')
  @RateLimit('mail')
  async signUp(
    @Arg('input', () => SignUpInput, { description: 'The address, the password and the profile of the new account.' })
    input: SignUpInput,
    @Ctx() { auth, client }: Context,
  ): Promise<typeof SignUpResult> {
    const { email, password, name = null, locale = null } = input;
    const result = await auth.signUp({ email, password, name, locale }, client);
    return 'failure' in result ? errorResultOf(result) : new SignUpSuccess(result.receipt);
  }

  @Mutation(() => UpdateProfileResult, {
    description: 'Changes the name or the language of the caller. An absent field stays unchanged; null clears it.',
  })
  @Authorized()
  async updateProfile(
    @Arg('input', () => UpdateProfileInput, { description: 'The fields to change.' }) input: UpdateProfileInput,
    @Ctx() context: Context,
  ): Promise<typeof UpdateProfileResult> {
    const result = await context.auth.updateProfile(requireUser(context), input, context.client);
    return 'failure' in result ? errorResultOf(result) : new UpdateProfileSuccess(result);
  }

  @Mutation(() => DeleteMyAccountResult, {
    description:
      'Schedules the erasure of the account of the caller in 14 days and ends all of its sessions. Until then the user can log in and call `cancelAccountDeletion`.',
  })
  @Authorized()
  async deleteMyAccount(
    @Arg('input', () => DeleteMyAccountInput, { description: 'The password of the caller.' })
    { password }: DeleteMyAccountInput,
    @Ctx() context: Context,
  ): Promise<typeof DeleteMyAccountResult> {
    const result = await context.auth.accountDeletion.request(requireUser(context), password, context.client);
    return 'failure' in result ? errorResultOf(result) : new DeleteMyAccountSuccess(result.eraseAfter);
  }

  @Mutation(() => CancelAccountDeletionPayload, {
    description: 'Cancels the scheduled deletion of the account of the caller. Changes nothing if none is scheduled.',
  })
  @Authorized()
  async cancelAccountDeletion(@Ctx() context: Context): Promise<CancelAccountDeletionPayload> {
    const user = await context.auth.accountDeletion.cancel(requireUser(context), context.client);
    return new CancelAccountDeletionPayload(user);
  }

  @Mutation(() => ExportMyDataResult, {
    description:
      'Exports everything that is stored about the caller, without secrets. It can be selected once per document; a second selection causes QUERY_TOO_COMPLEX.',
  })
  @Authorized()
  @OncePerDocument()
  async exportMyData(
    @Arg('input', () => ExportMyDataInput, { description: 'The password of the caller.' })
    { password }: ExportMyDataInput,
    @Ctx() context: Context,
  ): Promise<typeof ExportMyDataResult> {
    const result = await context.auth.exportMyData(requireUser(context), password, context.client);
    return 'failure' in result ? errorResultOf(result) : new ExportMyDataSuccess(result.json);
  }
}
