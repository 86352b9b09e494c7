import { Field, InputType, ObjectType } from 'type-graphql';

import { InvalidCredentialsError, InvalidTokenError, RateLimitedError, WeakPasswordError } from '../error-result.js';
import { IssuedTokens } from '../sessions/sessions.types.js';
import { resultUnion } from '../union.js';
import { MAX_LENGTH, Secret } from '../validators.js';

@InputType({ description: 'The present password and the next.' })
export class ChangePasswordInput {
  @Field(() => String, { description: 'The password until now.' })
  @Secret(MAX_LENGTH.password)
  readonly currentPassword!: string;

  @Field(() => String, { description: 'The password from now on.' })
  @Secret(MAX_LENGTH.password)
  readonly newPassword!: string;
}

@InputType({ description: 'The token from the mail, and the password from now on.' })
export class ResetPasswordInput {
  @Field(() => String, { description: 'The token of the link.' })
  readonly token!: string;

  @Field(() => String, { description: 'The password from now on.' })
  @Secret(MAX_LENGTH.password)
  readonly newPassword!: string;
}

@ObjectType({ description: 'The password is changed; every older session is over, and this is a new one.' })
export class ChangePasswordSuccess extends IssuedTokens {}

@ObjectType({ description: 'The password is set; log in with it.' })
export class ResetPasswordSuccess {
  @Field(() => Boolean, { description: 'Always true.' })
  readonly done = true;
}

export const ChangePasswordResult = resultUnion('ChangePasswordResult', 'How a change of password ends.', [
  ChangePasswordSuccess,
  InvalidCredentialsError,
  WeakPasswordError,
  RateLimitedError,
] as const);

export const ResetPasswordResult = resultUnion('ResetPasswordResult', 'How a reset of the password ends.', [
  ResetPasswordSuccess,
  InvalidTokenError,
  WeakPasswordError,
  RateLimitedError,
] as const);
