import { Arg, Authorized, Ctx, Mutation, Query, Resolver } from 'type-graphql';

import { Public } from '../contract/rule.js';
import { AuthConfig } from './auth-config.type.js';
import { signedIn, type Context } from './context.js';
import { published } from './failure.type.js';
import { ChangePasswordInput, SignUpInput, VerifyEmailInput } from './inputs.type.js';
import { receive } from './refresh-transport.js';
import {
  ChangePasswordResult,
  ChangePasswordSuccess,
  SignUpAccepted,
  SignUpResult,
  VerifyEmailResult,
  VerifyEmailSuccess,
} from './results.type.js';
import { User } from './user.type.js';

/** One's own account. */
@Resolver()
export class AccountResolver {
  @Query(() => AuthConfig, { description: 'What a client must know before anybody logs in.' })
  @Public('A login page needs it before anybody is logged in.')
  authConfig(@Ctx() { auth }: Context): AuthConfig {
    return new AuthConfig(auth.settings);
  }

  @Query(() => User, { nullable: true, description: 'Who you are.' })
  @Authorized()
  async me(@Ctx() context: Context): Promise<User | null> {
    const user = await context.auth.users.find(signedIn(context).userId);
    return user ? new User(user) : null;
  }

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
    return 'failure' in result ? published(result) : new SignUpAccepted(result.receipt);
  }

  @Mutation(() => VerifyEmailResult, {
    description:
      'Proves an address by the token that was mailed to it. With the receipt of the sign-up its password stays; without, a new one is demanded.',
  })
  @Public('The token is the proof; whoever clicks it may be on another device.')
  async verifyEmail(
    @Arg('input', () => VerifyEmailInput, { description: 'The token and the receipt.' }) input: VerifyEmailInput,
    @Ctx() { auth, client }: Context,
  ): Promise<typeof VerifyEmailResult> {
    const { token, receipt = null, newPassword = null } = input;
    const failure = await auth.verifyEmail({ token, receipt, newPassword }, client);
    return failure ? published(failure) : new VerifyEmailSuccess();
  }

  @Mutation(() => ChangePasswordResult, {
    description: 'Changes your password. Every session ends, this one too; the answer holds the tokens of a new one.',
  })
  @Authorized()
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'Both passwords.' }) input: ChangePasswordInput,
    @Ctx() context: Context,
  ): Promise<typeof ChangePasswordResult> {
    const handOver = receive(context.refreshCookie);
    const result = await context.auth.passwords.change(signedIn(context), input, context.client);
    return 'failure' in result ? published(result) : new ChangePasswordSuccess(handOver(result));
  }
}
