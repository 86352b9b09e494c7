import { Field, InputType, Int, ObjectType } from 'type-graphql';

import type { Tokens } from '../../auth/sessions/tokens.js';
import { AfterProof } from '../../authorization/private-types.js';
import { RESEND_AFTER_SECONDS } from '../../values/policy.js';
import { CURRENT_PASSWORD, NEW_DEVICE_TOKEN, NEW_PASSWORD, RESEND_AFTER, TRIMMED } from '../descriptions.js';
import {
  InvalidCredentialsError,
  InvalidEmailError,
  InvalidTokenError,
  RateLimitedError,
  WeakPasswordError,
} from '../error-result.js';
import type { HandedOver } from '../refresh-transport.js';
import { IssuedTokens } from '../sessions/sessions.types.js';
import { resultUnion } from '../union.js';

@InputType({ description: 'The input of `changePassword`.' })
export class ChangePasswordInput {
  @Field(() => String, { description: CURRENT_PASSWORD })
  readonly currentPassword!: string;

  @Field(() => String, { description: NEW_PASSWORD })
  readonly newPassword!: string;
}

@InputType({ description: 'The input of `requestPasswordReset`.' })
export class RequestPasswordResetInput {
  @Field(() => String, { description: `The email address of the account. ${TRIMMED}` })
  readonly email!: string;
}

@InputType({ description: 'The input of `resetPassword`.' })
export class ResetPasswordInput {
  @Field(() => String, { description: 'The value of `token` in the link.' })
  readonly token!: string;

  @Field(() => String, { description: NEW_PASSWORD })
  readonly newPassword!: string;
}

@ObjectType({
  implements: IssuedTokens,
  description: 'The password was changed. Every older session has ended; these are the tokens of a new one.',
})
@AfterProof()
export class ChangePasswordSuccess extends IssuedTokens {
  @Field(() => String, { nullable: true, description: NEW_DEVICE_TOKEN })
  readonly deviceToken: string | null;

  constructor(tokens: HandedOver<Tokens>) {
    super(tokens);
    this.deviceToken = tokens.deviceToken;
  }
}

@ObjectType({
  description:
    'The request was accepted. If the address has an account, an email with a link is sent, within the limit for the address. The response is the same for every address.',
})
export class RequestPasswordResetSuccess {
  @Field(() => Int, {
    description: RESEND_AFTER,
  })
  readonly resendAfterSeconds = RESEND_AFTER_SECONDS;
}

@ObjectType({
  description:
    'The password was set, and every session of the account has ended. None was started: show the login page.',
})
export class ResetPasswordSuccess {
  @Field(() => String, { description: 'The email address of the account. Fill it in on the login page.' })
  readonly email: string;

  @Field(() => String, { nullable: true, description: NEW_DEVICE_TOKEN })
  readonly deviceToken: string | null;

  constructor(email: string, deviceToken: string | null) {
    this.email = email;
    this.deviceToken = deviceToken;
  }
}

export const ChangePasswordResult = resultUnion(
  'ChangePasswordResult',
  'Returns the tokens of a new session, or the reason why the password was not changed.',
  [ChangePasswordSuccess, InvalidCredentialsError, WeakPasswordError, RateLimitedError] as const,
);

export const RequestPasswordResetResult = resultUnion(
  'RequestPasswordResetResult',
  'Returns the time after which to offer another request, or the reason why the request was not accepted.',
  [RequestPasswordResetSuccess, InvalidEmailError, RateLimitedError] as const,
);

export const ResetPasswordResult = resultUnion(
  'ResetPasswordResult',
  'Returns the email address of the account, or the reason why the password was not set.',
  [ResetPasswordSuccess, InvalidTokenError, WeakPasswordError, RateLimitedError] as const,
);
