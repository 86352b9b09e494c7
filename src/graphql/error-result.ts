import { Field, Int, ObjectType } from 'type-graphql';

import { resultErrors, type Failure, type MfaMethod, type OwnErrorCode, type WeakPasswordReason } from '../errors.js';
import { registerDescribedEnum } from './described-enum.js';
import { declareFailure, ErrorResult } from './failure.js';

const WeakPasswordReasonEnum = registerDescribedEnum<WeakPasswordReason>(
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

const MfaMethodEnum = registerDescribedEnum<MfaMethod>(
  'MfaMethod',
  'A second factor of a login. Reserved. Never returned in this release.',
  {
    TOTP: 'A time-based one-time password from an authenticator application (RFC 6238).',
    PASSKEY: 'A passkey (WebAuthn).',
    RECOVERY_CODE: 'A recovery code, which can be used once.',
  },
);

export const InvalidCredentialsError = declareFailure('INVALID_CREDENTIALS');
export const EmailNotVerifiedError = declareFailure('EMAIL_NOT_VERIFIED');
export const InvalidRefreshTokenError = declareFailure('INVALID_REFRESH_TOKEN');
export const InvalidTokenError = declareFailure('INVALID_TOKEN');
export const PasswordRequiredError = declareFailure('PASSWORD_REQUIRED');
export const InvalidEmailError = declareFailure('INVALID_EMAIL');
export const SignUpClosedError = declareFailure('SIGN_UP_CLOSED');
export const NotFoundError = declareFailure('NOT_FOUND');
export const LastAdministratorError = declareFailure('LAST_ADMINISTRATOR');

@ObjectType({ implements: ErrorResult, description: resultErrors.SIGN_UP_REFUSED.meaning })
export class SignUpRefusedError extends ErrorResult {}

@ObjectType({ implements: ErrorResult, description: resultErrors.WEAK_PASSWORD.meaning })
export class WeakPasswordError extends ErrorResult {
  @Field(() => [WeakPasswordReasonEnum], { description: 'The rules that the password breaks; at least one.' })
  readonly reasons: readonly WeakPasswordReason[];

  constructor(reasons: readonly WeakPasswordReason[]) {
    super('WEAK_PASSWORD');
    this.reasons = reasons;
  }
}

@ObjectType({ implements: ErrorResult, description: resultErrors.INVALID_INPUT.meaning })
export class InvalidInputError extends ErrorResult {
  @Field(() => [String], {
    description: 'The names of the input fields that are not valid, such as `name` or `locale`; at least one.',
  })
  readonly fields: readonly string[];

  constructor(fields: readonly string[]) {
    super('INVALID_INPUT');
    this.fields = fields;
  }
}

@ObjectType({ implements: ErrorResult, description: resultErrors.RATE_LIMITED.meaning })
export class RateLimitedError extends ErrorResult {
  @Field(() => Int, {
    description: 'The number of seconds after which the request can be repeated, as in the header `Retry-After`.',
  })
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super('RATE_LIMITED');
    this.retryAfterSeconds = retryAfterSeconds;
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
    super('MFA_REQUIRED');
    this.challengeToken = failure.challengeToken;
    this.expiresIn = failure.expiresInSeconds;
    this.methods = failure.methods;
  }
}

const results = {
  INVALID_CREDENTIALS: () => new InvalidCredentialsError(),
  EMAIL_NOT_VERIFIED: () => new EmailNotVerifiedError(),
  INVALID_REFRESH_TOKEN: () => new InvalidRefreshTokenError(),
  INVALID_TOKEN: () => new InvalidTokenError(),
  PASSWORD_REQUIRED: () => new PasswordRequiredError(),
  INVALID_EMAIL: () => new InvalidEmailError(),
  SIGN_UP_CLOSED: () => new SignUpClosedError(),
  NOT_FOUND: () => new NotFoundError(),
  LAST_ADMINISTRATOR: () => new LastAdministratorError(),
  WEAK_PASSWORD: ({ reasons }: Failure<'WEAK_PASSWORD'>) => new WeakPasswordError(reasons),
  SIGN_UP_REFUSED: ({ code }: Failure<'SIGN_UP_REFUSED'>) => new SignUpRefusedError(code),
  INVALID_INPUT: ({ fields }: Failure<'INVALID_INPUT'>) => new InvalidInputError(fields),
  MFA_REQUIRED: (failure: Failure<'MFA_REQUIRED'>) => new MfaRequiredError(failure),
  RATE_LIMITED: ({ retryAfterSeconds }: Failure<'RATE_LIMITED'>) => new RateLimitedError(retryAfterSeconds),
} as const satisfies Record<OwnErrorCode, unknown>;

type Results = typeof results;

/** Converts the failure of a flow into the GraphQL type of that failure. */
export const errorResultOf = <F extends Failure>(failure: F): ReturnType<Results[F['failure']]> => {
  const resultOf = results[failure.failure] as (failure: Failure) => ReturnType<Results[F['failure']]>;
  return resultOf(failure);
};
