import { Field, InputType, ObjectType } from 'type-graphql';

import {
  InvalidCredentialsError,
  InvalidEmailError,
  InvalidTokenError,
  PasswordRequiredError,
  RateLimitedError,
  WeakPasswordError,
} from '../error-result.js';
import { resultUnion } from '../union.js';
import { MAX_LENGTH, Secret, Text } from '../validators.js';

@InputType({ description: 'An address.' })
export class EmailInput {
  @Field(() => String, { description: 'The address.' })
  @Text(MAX_LENGTH.email)
  readonly email!: string;
}

@InputType({ description: 'The token from the mail, and what shows who made the sign-up.' })
export class VerifyEmailInput {
  @Field(() => String, { description: 'The token of the link.' })
  readonly token!: string;

  @Field(() => String, { nullable: true, description: 'What `signUp` answered; keeps the password given there.' })
  readonly receipt?: string | null;

  @Field(() => String, { nullable: true, description: 'A new password, where there is no receipt.' })
  @Secret(MAX_LENGTH.password)
  readonly newPassword?: string | null;
}

@InputType({ description: 'Where mail shall go from now on.' })
export class RequestEmailChangeInput {
  @Field(() => String, { description: 'The new address.' })
  @Text(MAX_LENGTH.email)
  readonly newEmail!: string;

  @Field(() => String, { description: 'Your password.' })
  @Secret(MAX_LENGTH.password)
  readonly password!: string;
}

@InputType({ description: 'The token from the mail to the new address.' })
export class ConfirmEmailChangeInput {
  @Field(() => String, { description: 'The token of the link.' })
  readonly token!: string;
}

@ObjectType({ description: 'Heard. If the address is good for a mail, one is on its way.' })
export class MailAccepted {
  @Field(() => Boolean, { description: 'Always true.' })
  readonly accepted = true;
}

@ObjectType({ description: 'The address is proved; log in.' })
export class VerifyEmailSuccess {
  @Field(() => Boolean, { description: 'Always true.' })
  readonly done = true;
}

@ObjectType({ description: 'The account has the new address.' })
export class ConfirmEmailChangeSuccess {
  @Field(() => Boolean, { description: 'Always true.' })
  readonly done = true;
}

export const VerifyEmailResult = resultUnion('VerifyEmailResult', 'How a verification ends.', [
  VerifyEmailSuccess,
  InvalidTokenError,
  PasswordRequiredError,
  WeakPasswordError,
  RateLimitedError,
] as const);

export const RequestEmailChangeResult = resultUnion(
  'RequestEmailChangeResult',
  'How a request for another address ends.',
  [MailAccepted, InvalidCredentialsError, InvalidEmailError, RateLimitedError] as const,
);

export const ConfirmEmailChangeResult = resultUnion('ConfirmEmailChangeResult', 'How a change of address ends.', [
  ConfirmEmailChangeSuccess,
  InvalidTokenError,
] as const);
