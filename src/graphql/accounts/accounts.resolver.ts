import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';

import { OncePerDocument } from '../../authorization/operation-check.js';
import { Public } from '../../authorization/rule.js';
import { requireUser, type Context } from '../context.js';
import { errorResultOf } from '../error-result.js';
import {
  CancelAccountDeletionSuccess,
  DeleteMyAccountResult,
  DeleteMyAccountSuccess,
  ExportMyDataResult,
  ExportMyDataSuccess,
  PasswordInput,
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
      'Asks for an account. The answer is the same whether or not the address has one; a mail tells its owner.',
  })
  @Public('Who signs up has no account yet.')
  async signUp(
    @Arg('input', () => SignUpInput, { description: 'Who signs up.' }) input: SignUpInput,
    @Ctx() { auth, client }: Context,
  ): Promise<typeof SignUpResult> {
    const { email, password, name = null, locale = null } = input;
    const result = await auth.signUp({ email, password, name, locale }, client);
    return 'failure' in result ? errorResultOf(result) : new SignUpSuccess(result.receipt);
  }

  @Mutation(() => UpdateProfileResult, {
    description: 'Changes what you say of yourself. What is absent stays, null takes it away.',
  })
  @Authorized()
  async updateProfile(
    @Arg('input', () => UpdateProfileInput, { description: 'What to change.' }) input: UpdateProfileInput,
    @Ctx() context: Context,
  ): Promise<typeof UpdateProfileResult> {
    const result = await context.auth.updateProfile(requireUser(context), input, context.client);
    return 'failure' in result ? errorResultOf(result) : new UpdateProfileSuccess(result);
  }

  @Mutation(() => DeleteMyAccountResult, {
    description:
      'Has your account erased in 14 days, and logs you out everywhere. Until then you can log in and cancel.',
  })
  @Authorized()
  async deleteMyAccount(
    @Arg('input', () => PasswordInput, { description: 'Your password.' }) { password }: PasswordInput,
    @Ctx() context: Context,
  ): Promise<typeof DeleteMyAccountResult> {
    const result = await context.auth.accountDeletion.request(requireUser(context), password, context.client);
    return 'failure' in result ? errorResultOf(result) : new DeleteMyAccountSuccess(result.eraseAfter);
  }

  @Mutation(() => CancelAccountDeletionSuccess, { description: 'Keeps your account after all.' })
  @Authorized()
  async cancelAccountDeletion(@Ctx() context: Context): Promise<CancelAccountDeletionSuccess> {
    await context.auth.accountDeletion.cancel(requireUser(context), context.client);
    return new CancelAccountDeletionSuccess();
  }

  @Mutation(() => ExportMyDataResult, { description: 'Everything that is held about you, without secrets.' })
  @Authorized()
  @OncePerDocument()
  async exportMyData(
    @Arg('input', () => PasswordInput, { description: 'Your password.' }) { password }: PasswordInput,
    @Ctx() context: Context,
  ): Promise<typeof ExportMyDataResult> {
    const result = await context.auth.exportMyData(requireUser(context), password, context.client);
    return 'failure' in result ? errorResultOf(result) : new ExportMyDataSuccess(result.json);
  }
}
