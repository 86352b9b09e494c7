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
  'The code of a failure in a result, with the meaning of the type of that failure. Later versions and the application may add codes: keep a `default:` in every switch.',
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

const MfaMethodEnum = registerEnum<MfaMethod>(
  'MfaMethod',
  'A second factor of a login. Reserved. Never returned in this release.',
  {
    TOTP: 'A time-based one-time password from an authenticator application (RFC 6238).',
    PASSKEY: 'A passkey (WebAuthn).',
    RECOVERY_CODE: 'A recovery code, which can be used once.',
  },
);

@InterfaceType({ description: 'A failure that the caller of an operation can expect.' })
abstract class ErrorResult {
  @Field(() => ErrorCodeEnum, { description: 'The code of the failure, for programs. Each code belongs to one type.' })
  readonly code: ErrorCode;

  @Field(() => String, {
    description: 'A description of the failure in English, for developers. Show users a text of your own by `code`.',
  })
  readonly message: string;

  @Field(() => Boolean, {
    description:
      'Whether the identical request may succeed later without being changed. Among results, true only for `RateLimitedError`.',
  })
  readonly retryable: boolean;

  constructor({ failure }: Failure) {
    this.code = failure;
    this.message = resultErrors[failure].message;
    this.retryable = resultErrors[failure].retryable;
  }
}

@ObjectType({ implements: ErrorResult, description: resultErrors.INVALID_CREDENTIALS.meaning })
export class InvalidCredentialsError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: resultErrors.EMAIL_NOT_VERIFIED.meaning })
export class EmailNotVerifiedError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: resultErrors.INVALID_REFRESH_TOKEN.meaning })
export class InvalidRefreshTokenError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: resultErrors.INVALID_TOKEN.meaning })
export class InvalidTokenError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: resultErrors.PASSWORD_REQUIRED.meaning })
export class PasswordRequiredError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: resultErrors.INVALID_EMAIL.meaning })
export class InvalidEmailError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: resultErrors.SIGN_UP_CLOSED.meaning })
export class SignUpClosedError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: resultErrors.SIGN_UP_REFUSED.meaning })
export class SignUpRefusedError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: resultErrors.NOT_FOUND.meaning })
export class NotFoundError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: resultErrors.LAST_ADMINISTRATOR.meaning })
export class LastAdministratorError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: resultErrors.WEAK_PASSWORD.meaning })
export class WeakPasswordError extends ErrorResult {
  @Field(() => [WeakPasswordReasonEnum], { description: 'The rules that the password breaks; at least one.' })
  readonly reasons: readonly WeakPasswordReason[];

  constructor(failure: Failure<'WEAK_PASSWORD'>) {
    super(failure);
    this.reasons = failure.reasons;
  }
}

@ObjectType({ implements: ErrorResult, description: resultErrors.INVALID_INPUT.meaning })
export class InvalidInputError extends ErrorResult {
  @Field(() => [String], {
    description: 'The names of the input fields that are not valid, such as `name` or `locale`; at least one.',
  })
  readonly fields: readonly string[];

  constructor(failure: Failure<'INVALID_INPUT'>) {
    super(failure);
    this.fields = failure.fields;
  }
}

@ObjectType({ implements: ErrorResult, description: resultErrors.RATE_LIMITED.meaning })
export class RateLimitedError extends ErrorResult {
  @Field(() => Int, {
    description: 'The number of seconds after which the request can be repeated, as in the header `Retry-After`.',
  })
  readonly retryAfterSeconds: number;

  constructor(failure: Failure<'RATE_LIMITED'>) {
    super(failure);
    this.retryAfterSeconds = failure.retryAfterSeconds;
  }
}

@ObjectType({ implements: ErrorResult, description: resultErrors.MFA_REQUIRED.meaning })
export class MfaRequiredError extends ErrorResult {
  @Field(() => String, {
    description: 'Reserved. The token that identifies this login when the second factor is sent.',
  })
  readonly challengeToken: string;

  @Field(() => Int, { description: 'Reserved. The number of seconds until the challenge token expires.' })
  readonly expiresIn: number;

  @Field(() => [MfaMethodEnum], { description: 'Reserved. The second factors that the user can use; at least one.' })
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
