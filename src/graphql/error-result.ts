import { Field, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';

import { errorTable, type ErrorCode, type Failure, type FailureCode, type WeakPasswordReason } from '../errors.js';

const enumOf = <K extends string>(keys: readonly K[]) =>
  Object.fromEntries(keys.map((key) => [key, key])) as { [N in K]: N };

const ErrorCode = enumOf(Object.keys(errorTable) as ErrorCode[]);

registerEnumType(ErrorCode, {
  name: 'ErrorCode',
  description: 'Every code that a failure or an error can bear.',
  valuesConfig: Object.fromEntries(
    Object.entries(errorTable).map(([code, { meaning }]) => [code, { description: meaning }]),
  ),
});

const weakPasswordReasons = {
  TOO_SHORT: 'Shorter than the password policy asks for.',
  TOO_LONG: 'Longer than the password policy allows.',
  LEAKED: 'Leaked elsewhere, or made of one that did.',
  CONTAINS_PERSONAL_WORD: 'Holds a word of the address, of the name or of the product.',
} as const satisfies Record<WeakPasswordReason, string>;

const WeakPasswordReasonEnum = enumOf(Object.keys(weakPasswordReasons) as WeakPasswordReason[]);

registerEnumType(WeakPasswordReasonEnum, {
  name: 'WeakPasswordReason',
  description: 'A rule of the password policy that a password breaks.',
  valuesConfig: Object.fromEntries(
    Object.entries(weakPasswordReasons).map(([reason, description]) => [reason, { description }]),
  ),
});

@InterfaceType({ description: 'A failure that a caller can expect.' })
abstract class ErrorResult {
  @Field(() => ErrorCode, { description: 'The word to switch on.' })
  readonly code: FailureCode;

  @Field(() => String, { description: 'A sentence in English for people.' })
  readonly message: string;

  @Field(() => Boolean, { description: 'Whether the same request, amended or later, can succeed.' })
  readonly retryable: boolean;

  constructor({ failure }: Failure) {
    this.code = failure;
    this.message = errorTable[failure].message;
    this.retryable = errorTable[failure].retryable;
  }
}

@ObjectType({
  implements: ErrorResult,
  description: 'No user has this address and this password, or none that may log in.',
})
export class InvalidCredentialsError extends ErrorResult {}

@ObjectType({
  implements: ErrorResult,
  description: 'The password is right, but the address still waits to be verified.',
})
export class EmailNotVerifiedError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: 'The refresh token is of no use any more: show the login page.' })
export class InvalidRefreshTokenError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: 'The token of a link is unknown, used, replaced or over.' })
export class InvalidTokenError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: 'The link is good, but a new password must come with it.' })
export class PasswordRequiredError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: 'The address is none, or can be mistaken for another.' })
export class InvalidEmailError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: 'Accounts are made by administrators only.' })
export class SignUpClosedError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: 'There is no such thing, or it is not yours.' })
export class NotFoundError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: 'The change would leave nobody who can administer.' })
export class LastAdministratorError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: 'The password breaks the password policy.' })
export class WeakPasswordError extends ErrorResult {
  @Field(() => [WeakPasswordReasonEnum], { description: 'Every rule that it breaks.' })
  readonly reasons: readonly WeakPasswordReason[];

  constructor(failure: Failure<'WEAK_PASSWORD'>) {
    super(failure);
    this.reasons = failure.reasons;
  }
}

@ObjectType({ implements: ErrorResult, description: 'Some fields hold what cannot be.' })
export class InvalidInputError extends ErrorResult {
  @Field(() => [String], { description: 'The names of those fields.' })
  readonly fields: readonly string[];

  constructor(failure: Failure<'INVALID_INPUT'>) {
    super(failure);
    this.fields = failure.fields;
  }
}

@ObjectType({ implements: ErrorResult, description: 'A limit is spent.' })
export class RateLimitedError extends ErrorResult {
  @Field(() => Int, { description: 'Seconds until another attempt is worth while.' })
  readonly retryAfterSeconds: number;

  constructor(failure: Failure<'RATE_LIMITED'>) {
    super(failure);
    this.retryAfterSeconds = failure.retryAfterSeconds;
  }
}

const types = {
  INVALID_CREDENTIALS: InvalidCredentialsError,
  EMAIL_NOT_VERIFIED: EmailNotVerifiedError,
  INVALID_REFRESH_TOKEN: InvalidRefreshTokenError,
  INVALID_TOKEN: InvalidTokenError,
  PASSWORD_REQUIRED: PasswordRequiredError,
  INVALID_EMAIL: InvalidEmailError,
  SIGN_UP_CLOSED: SignUpClosedError,
  NOT_FOUND: NotFoundError,
  LAST_ADMINISTRATOR: LastAdministratorError,
  WEAK_PASSWORD: WeakPasswordError,
  INVALID_INPUT: InvalidInputError,
  RATE_LIMITED: RateLimitedError,
} as const;

type Types = typeof types;

/** Converts the failure of a flow into the GraphQL type of that failure. */
export const errorResultOf = <F extends Failure<keyof Types>>(failure: F): InstanceType<Types[F['failure']]> => {
  const Type = types[failure.failure] as new (failure: Failure) => InstanceType<Types[F['failure']]>;
  return new Type(failure);
};
