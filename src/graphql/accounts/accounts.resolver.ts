import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';

import { OncePerDocument } from '../../authorization/operation-check.js';
import { RateLimit } from '../../authorization/rate-limit.js';
import { Public } from '../../authorization/rule.js';
import { internalsOf, requireUser, type Context } from '../context.js';
import { ASKS_FOR_PASSWORD, emailLink, ERASURE_GRACE, VERIFICATION_TTL } from '../descriptions.js';
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
    description: `Signs up with an email address. The response is the same whether or not the address has an account; only the email to the address differs. The email contains the link ${emailLink('verify-email', VERIFICATION_TTL)}. Call \`verifyEmail\` with the token. That creates the account; if \`AuthConfig.requireVerifiedEmail\` is false, it exists at once.`,
  })
  @Public('A person who signs up has no account yet.')
  @RateLimit('mail')
  async signUp(
    @Arg('input', () => SignUpInput, { description: 'The address, the password and the profile of the new account.' })
    input: SignUpInput,
    @Ctx() context: Context,
  ): Promise<typeof SignUpResult> {
    const { auth, client } = internalsOf(context);
    const { email, password, name = null, locale = null } = input;
    const result = await auth.signUp({ email, password, name, locale }, client);
    return 'failure' in result ? errorResultOf(result) : new SignUpSuccess(result.receipt);
  }

  @Mutation(() => UpdateProfileResult, {
    description: 'Changes the name or the language of the caller.',
  })
  @Authorized()
  async updateProfile(
    @Arg('input', () => UpdateProfileInput, { description: 'The fields to change.' }) input: UpdateProfileInput,
    @Ctx() context: Context,
  ): Promise<typeof UpdateProfileResult> {
    const { auth, client } = internalsOf(context);
    const result = await auth.updateProfile(requireUser(context), input, client);
    return 'failure' in result ? errorResultOf(result) : new UpdateProfileSuccess(result);
  }

  @Mutation(() => DeleteMyAccountResult, {
    description: `Schedules the deletion of the account of the caller: all of its sessions end at once, and the account is erased after ${ERASURE_GRACE}. Until then the user can log in and call \`cancelAccountDeletion\`. A deletion that is scheduled already keeps its time. ${ASKS_FOR_PASSWORD}`,
  })
  @Authorized()
  @RateLimit('login')
  async deleteMyAccount(
    @Arg('input', () => DeleteMyAccountInput, { description: 'The current password of the caller.' })
    { password }: DeleteMyAccountInput,
    @Ctx() context: Context,
  ): Promise<typeof DeleteMyAccountResult> {
    const { auth, client } = internalsOf(context);
    const result = await auth.accountDeletion.request(requireUser(context), password, client);
    return 'failure' in result ? errorResultOf(result) : new DeleteMyAccountSuccess(result.eraseAfter);
  }

  @Mutation(() => CancelAccountDeletionPayload, {
    description: 'Cancels the scheduled deletion of the account of the caller. Changes nothing if none is scheduled.',
  })
  @Authorized()
  async cancelAccountDeletion(@Ctx() context: Context): Promise<CancelAccountDeletionPayload> {
    const { auth, client } = internalsOf(context);
    const user = await auth.accountDeletion.cancel(requireUser(context), client);
    return new CancelAccountDeletionPayload(user);
  }

  @Mutation(() => ExportMyDataResult, {
    description: `Exports what is stored about the caller, without secrets, up to the limits that \`ExportMyDataSuccess.json\` states. The field can be selected once per document; a second selection causes \`QUERY_TOO_COMPLEX\`. ${ASKS_FOR_PASSWORD}`,
  })
  @Authorized()
  @OncePerDocument()
  @RateLimit('login')
  async exportMyData(
    @Arg('input', () => ExportMyDataInput, { description: 'The current password of the caller.' })
    { password }: ExportMyDataInput,
    @Ctx() context: Context,
  ): Promise<typeof ExportMyDataResult> {
    const { auth, client } = internalsOf(context);
    const result = await auth.exportMyData(requireUser(context), password, client);
    return 'failure' in result ? errorResultOf(result) : new ExportMyDataSuccess(result.json);
  }
}
