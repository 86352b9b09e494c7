import { Field, InputType, Int, ObjectType } from 'type-graphql';

import { RESEND_AFTER_SECONDS } from '../../values/policy.js';
import { CURRENT_PASSWORD, NEW_DEVICE_TOKEN, RESEND_AFTER, TRIMMED } from '../descriptions.js';
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
  @Field(() => String, { description: 'The value of `token` in the link.' })
  readonly token!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The `receipt` that `signUp` returned, if this device has it. It keeps the password of the sign-up unless `newPassword` is given. A receipt that is malformed or belongs to another sign-up counts as none.',
  })
  readonly receipt?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A new password for the account, which replaces that of the sign-up. If it is required and absent, the result is `PasswordRequiredError`. See `AuthConfig.passwordPolicy`. An empty string means null.',
  })
  readonly newPassword?: string | null;
}

@InputType({ description: 'The input of `resendVerificationEmail`.' })
export class ResendVerificationEmailInput {
  @Field(() => String, { description: `The email address to verify. ${TRIMMED}` })
  readonly email!: string;
}

@InputType({ description: 'The input of `requestEmailChange`.' })
export class RequestEmailChangeInput {
  @Field(() => String, { description: `The new email address. ${TRIMMED}` })
  readonly newEmail!: string;

  @Field(() => String, { description: CURRENT_PASSWORD })
  readonly password!: string;
}

@InputType({ description: 'The input of `confirmEmailChange`.' })
export class ConfirmEmailChangeInput {
  @Field(() => String, { description: 'The value of `token` in the link.' })
  readonly token!: string;
}

@ObjectType({ description: 'The address was verified. No session was started: show the login page.' })
export class VerifyEmailSuccess {
  @Field(() => String, { description: 'The address that was verified. Fill it in on the login page.' })
  readonly email: string;

  @Field(() => String, { nullable: true, description: NEW_DEVICE_TOKEN })
  readonly deviceToken: string | null;

  constructor(email: string, deviceToken: string | null) {
    this.email = email;
    this.deviceToken = deviceToken;
  }
}

@ObjectType({
  description:
    'The request was accepted. If the address waits for verification, an email with a link is sent, within the limit for the address. The response is the same for every address.',
})
export class ResendVerificationEmailSuccess {
  @Field(() => Int, {
    description: RESEND_AFTER,
  })
  readonly resendAfterSeconds = RESEND_AFTER_SECONDS;
}

@ObjectType({
  description:
    'The request was accepted. The current address is notified. If no other account has the new address, an email with a link is sent to it, within the limit for the address. The response is the same for every address.',
})
export class RequestEmailChangeSuccess {
  @Field(() => Int, {
    description: RESEND_AFTER,
  })
  readonly resendAfterSeconds = RESEND_AFTER_SECONDS;
}

@ObjectType({ description: 'The address was changed. The sessions of the account continue.' })
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
  'Returns the time after which to offer another request, or the reason why the request was not accepted.',
  [ResendVerificationEmailSuccess, InvalidEmailError, RateLimitedError] as const,
);

export const RequestEmailChangeResult = resultUnion(
  'RequestEmailChangeResult',
  'Returns the time after which to offer another request, or the reason why the request was not accepted.',
  [RequestEmailChangeSuccess, InvalidCredentialsError, InvalidEmailError, RateLimitedError] as const,
);

export const ConfirmEmailChangeResult = resultUnion(
  'ConfirmEmailChangeResult',
  'Returns the new address, or the reason why it was not changed.',
  [ConfirmEmailChangeSuccess, InvalidTokenError, RateLimitedError] as const,
);
