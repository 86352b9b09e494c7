import { Field, InputType, Int, ObjectType } from 'type-graphql';

import { RESEND_AFTER_SECONDS } from '../../values/policy.js';
import { NEW_DEVICE_TOKEN } from '../device-token.js';
import {
  InvalidCredentialsError,
  InvalidEmailError,
  InvalidTokenError,
  PasswordRequiredError,
  RateLimitedError,
  WeakPasswordError,
} from '../error-result.js';
import { resultUnion } from '../union.js';

@InputType({ description: 'The input of `verifyEmail`.' })
export class VerifyEmailInput {
  @Field(() => String, { description: 'The token from the link in the email.' })
  readonly token!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The `receipt` that `signUp` returned, if this device has it: then the password of the sign-up is kept. A malformed receipt counts as none.',
  })
  readonly receipt?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A new password for the account. Required without a receipt (PasswordRequiredError); an empty string means null.',
  })
  readonly newPassword?: string | null;
}

@InputType({ description: 'The input of `resendVerificationEmail`.' })
export class ResendVerificationEmailInput {
  @Field(() => String, { description: 'The email address to verify. White space around it is ignored.' })
  readonly email!: string;
}

@InputType({ description: 'The input of `requestEmailChange`.' })
export class RequestEmailChangeInput {
  @Field(() => String, { description: 'The new email address. White space around it is ignored.' })
  readonly newEmail!: string;

  @Field(() => String, { description: 'The current password of the caller.' })
  readonly password!: string;
}

@InputType({ description: 'The input of `confirmEmailChange`.' })
export class ConfirmEmailChangeInput {
  @Field(() => String, { description: 'The token from the link in the email to the new address.' })
  readonly token!: string;
}

@ObjectType({ description: 'The address was verified. No session was started: show the login page.' })
export class VerifyEmailSuccess {
  @Field(() => String, { description: 'The address that was verified. Fill it in on the login page.' })
  readonly email: string;

  @Field(() => String, { nullable: true, description: NEW_DEVICE_TOKEN })
  readonly deviceToken: string | null = null;

  constructor(email: string) {
    this.email = email;
  }
}

@ObjectType({
  description:
    'The request was accepted. If the address is eligible, an email with a verification link has been queued. The response is the same for every address.',
})
export class ResendVerificationEmailSuccess {
  @Field(() => Int, {
    description: 'The number of seconds after which to offer another request. It is the same for every address.',
  })
  readonly resendAfterSeconds = RESEND_AFTER_SECONDS;
}

@ObjectType({
  description:
    'The request was accepted. If no other account has the new address, an email with a link has been queued for it; the current address is notified. The response is the same for every address.',
})
export class RequestEmailChangeSuccess {
  @Field(() => Int, {
    description: 'The number of seconds after which to offer another request. It is the same for every address.',
  })
  readonly resendAfterSeconds = RESEND_AFTER_SECONDS;
}

@ObjectType({ description: 'The account has the new address. Its sessions continue.' })
export class ConfirmEmailChangeSuccess {
  @Field(() => String, { description: 'The new address of the account.' })
  readonly email: string;

  constructor(email: string) {
    this.email = email;
  }
}

export const VerifyEmailResult = resultUnion(
  'VerifyEmailResult',
  'Returns the verified address, or the reason why it was not verified.',
  [VerifyEmailSuccess, InvalidTokenError, PasswordRequiredError, WeakPasswordError, RateLimitedError] as const,
);

export const ResendVerificationEmailResult = resultUnion(
  'ResendVerificationEmailResult',
  'Returns when another email can be requested, or the reason why the request was not accepted.',
  [ResendVerificationEmailSuccess, InvalidEmailError, RateLimitedError] as const,
);

export const RequestEmailChangeResult = resultUnion(
  'RequestEmailChangeResult',
  'Returns when another email can be requested, or the reason why the request was not accepted.',
  [RequestEmailChangeSuccess, InvalidCredentialsError, InvalidEmailError, RateLimitedError] as const,
);

export const ConfirmEmailChangeResult = resultUnion(
  'ConfirmEmailChangeResult',
  'Returns the new address, or the reason why it was not changed.',
  [ConfirmEmailChangeSuccess, InvalidTokenError, RateLimitedError] as const,
);
