import { Field, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';

import { resultErrors, type ErrorCode, type Failure, type MfaMethod, type WeakPasswordReason } from '../errors.js';

/** Registers an enum of the schema whose values are the keys of a table, described by its entries. */
const registerEnum = <K extends string>(
  name: string,
  description: string,
  descriptions: Readonly<Record<K, string>>,
): Record<K, K> => {
  const keys = Object.keys(descriptions) as K[];
  const enumeration = Object.fromEntries(keys.map((key) => [key, key])) as Record<K, K>;
  const valuesConfig = Object.fromEntries(keys.map((key) => [key, { description: descriptions[key] }]));
  registerEnumType(enumeration, {
    name,
    description,
    valuesConfig: valuesConfig as Record<K, { description: string }>,
  });
  return enumeration;
};

const ErrorCodeEnum = registerEnum<ErrorCode>(
  'ErrorCode',
  'The code of a failure in a result. Later versions and the application may add codes: keep a `default:` in every switch.',
  Object.fromEntries(Object.entries(resultErrors).map(([code, { meaning }]) => [code, meaning])) as Record<
    ErrorCode,
    string
  >,
);

const WeakPasswordReasonEnum = registerEnum<WeakPasswordReason>(
  'WeakPasswordReason',
  'A rule of the password policy that a password breaks.',
  {
    TOO_SHORT: 'The password is shorter than `PasswordPolicy.minLength`, or contains half of a surrogate pair.',
    TOO_LONG: 'The password is longer than `PasswordPolicy.maxLength`. Other rules are not checked.',
    LEAKED: 'The password has appeared in a data breach, or is made of words that have.',
    CONTAINS_PERSONAL_WORD:
      'The password contains a word of the email address, of the name of the user, or of the name of this service.',
  },
);

const MfaMethodEnum = registerEnum<MfaMethod>('MfaMethod', 'A second factor with which a login can be completed.', {
  TOTP: 'A time-based one-time password from an authenticator application (RFC 6238).',
  PASSKEY: 'A passkey (WebAuthn).',
  RECOVERY_CODE: 'A recovery code, which can be used once.',
});

@InterfaceType({ description: 'A failure that the caller of an operation can expect.' })
abstract class ErrorResult {
  @Field(() => ErrorCodeEnum, { description: 'The code of the failure, for programs.' })
  readonly code: ErrorCode;

  @Field(() => String, {
    description: 'A description of the failure in English, for developers. Show users a text of your own by `code`.',
  })
  readonly message: string;

  @Field(() => Boolean, {
    description:
      'Whether the identical request may succeed later without being changed. False when the client has to change something first.',
  })
  readonly retryable: boolean;

  constructor({ failure }: Failure) {
    this.code = failure;
    this.message = resultErrors[failure].message;
    this.retryable = resultErrors[failure].retryable;
  }
}

@ObjectType({
  implements: ErrorResult,
  description:
    'Returned when the user is unknown, the password is wrong, the user is disabled, or the account was created by a sign-up that has not been verified. The response is the same in all of these cases.',
})
export class InvalidCredentialsError extends ErrorResult {}

@ObjectType({
  implements: ErrorResult,
  description:
    'Returned when the password is correct, but the email address of an account that an administrator or an import created has not been verified. Offer `resendVerificationEmail`.',
})
export class EmailNotVerifiedError extends ErrorResult {}

@ObjectType({
  implements: ErrorResult,
  description:
    'Returned when the refresh token is malformed or replaced, or its session has ended. Show the login page.',
})
export class InvalidRefreshTokenError extends ErrorResult {}

@ObjectType({
  implements: ErrorResult,
  description:
    'Returned when the one-time token is malformed, unknown, used, replaced or expired. Offer to request a new link.',
})
export class InvalidTokenError extends ErrorResult {}

@ObjectType({
  implements: ErrorResult,
  description:
    'Returned when the token is valid, but the request has neither the receipt of the sign-up nor a new password. Ask for a password and repeat the request with `newPassword`: the token has not been used.',
})
export class PasswordRequiredError extends ErrorResult {}

@ObjectType({
  implements: ErrorResult,
  description: 'Returned when the text is not an email address, or could be mistaken for another address.',
})
export class InvalidEmailError extends ErrorResult {}

@ObjectType({
  implements: ErrorResult,
  description: 'Returned when the server does not accept sign-ups (`AuthConfig.signUp` is CLOSED).',
})
export class SignUpClosedError extends ErrorResult {}

@ObjectType({
  implements: ErrorResult,
  description: 'Returned when a rule of the application refuses the sign-up. This release never returns it.',
})
export class SignUpRefusedError extends ErrorResult {}

@ObjectType({
  implements: ErrorResult,
  description: 'Returned when the object does not exist or does not belong to the caller, or its id is malformed.',
})
export class NotFoundError extends ErrorResult {}

@ObjectType({
  implements: ErrorResult,
  description:
    'Returned when the change would leave no administrator who can log in. Grant the role `ADMIN` to another user first.',
})
export class LastAdministratorError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: 'Returned when the new password breaks the password policy.' })
export class WeakPasswordError extends ErrorResult {
  @Field(() => [WeakPasswordReasonEnum], { description: 'The rules that the password breaks; at least one.' })
  readonly reasons: readonly WeakPasswordReason[];

  constructor(failure: Failure<'WEAK_PASSWORD'>) {
    super(failure);
    this.reasons = failure.reasons;
  }
}

@ObjectType({ implements: ErrorResult, description: 'Returned when the values of some input fields are not valid.' })
export class InvalidInputError extends ErrorResult {
  @Field(() => [String], { description: 'The names of the input fields that are not valid; at least one.' })
  readonly fields: readonly string[];

  constructor(failure: Failure<'INVALID_INPUT'>) {
    super(failure);
    this.fields = failure.fields;
  }
}

@ObjectType({
  implements: ErrorResult,
  description: 'Returned when a rate limit is exhausted. The response also has the header `Retry-After`.',
})
export class RateLimitedError extends ErrorResult {
  @Field(() => Int, { description: 'The number of seconds after which the request can be repeated.' })
  readonly retryAfterSeconds: number;

  constructor(failure: Failure<'RATE_LIMITED'>) {
    super(failure);
    this.retryAfterSeconds = failure.retryAfterSeconds;
  }
}

@ObjectType({
  implements: ErrorResult,
  description: 'Returned when the password is correct and a second factor is required. This release never returns it.',
})
export class MfaRequiredError extends ErrorResult {
  @Field(() => String, { description: 'The token that identifies this login when the second factor is presented.' })
  readonly challengeToken: string;

  @Field(() => Int, { description: 'The number of seconds until the challenge token expires.' })
  readonly expiresIn: number;

  @Field(() => [MfaMethodEnum], { description: 'The second factors that the user can present; at least one.' })
  readonly methods: readonly MfaMethod[];

  constructor(failure: Failure<'MFA_REQUIRED'>) {
    super(failure);
    this.challengeToken = failure.challengeToken;
    this.expiresIn = failure.expiresInSeconds;
    this.methods = failure.methods;
  }
}

const types = {
  INVALID_CREDENTIALS: InvalidCredentialsError,
  EMAIL_NOT_VERIFIED: EmailNotVerifiedError,
  INVALID_REFRESH_TOKEN: InvalidRefreshTokenError,
  INVALID_TOKEN: InvalidTokenError,
  PASSWORD_REQUIRED: PasswordRequiredError,
  WEAK_PASSWORD: WeakPasswordError,
  INVALID_EMAIL: InvalidEmailError,
  SIGN_UP_CLOSED: SignUpClosedError,
  SIGN_UP_REFUSED: SignUpRefusedError,
  INVALID_INPUT: InvalidInputError,
  NOT_FOUND: NotFoundError,
  LAST_ADMINISTRATOR: LastAdministratorError,
  MFA_REQUIRED: MfaRequiredError,
  RATE_LIMITED: RateLimitedError,
} as const satisfies Record<ErrorCode, unknown>;

type Types = typeof types;

/** Converts the failure of a flow into the GraphQL type of that failure. */
export const errorResultOf = <F extends Failure>(failure: F): InstanceType<Types[F['failure']]> => {
  const Type = types[failure.failure] as new (failure: Failure) => InstanceType<Types[F['failure']]>;
  return new Type(failure);
};
