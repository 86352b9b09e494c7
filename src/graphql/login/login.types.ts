import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

import type { Auth } from '../../auth/auth.js';
import type { LoggedIn } from '../../auth/login/password-login.js';
import { EmailNotVerifiedError, InvalidCredentialsError, RateLimitedError } from '../error-result.js';
import type { HandedOver } from '../refresh-transport.js';
import { IssuedTokens } from '../sessions/sessions.types.js';
import { resultUnion } from '../union.js';
import { User } from '../users/users.types.js';
import { MAX_LENGTH, Secret, Text } from '../validators.js';

const SignUpMode = { OPEN: 'OPEN', CLOSED: 'CLOSED' } as const;

registerEnumType(SignUpMode, {
  name: 'SignUpMode',
  description: 'Who may make an account.',
  valuesConfig: {
    OPEN: { description: 'Everybody, by `signUp`.' },
    CLOSED: { description: 'Administrators only.' },
  },
});

@ObjectType({ description: 'What a password must be.' })
class PasswordPolicy {
  @Field(() => Int, { description: 'The fewest characters.' })
  readonly minLength!: number;

  @Field(() => Int, { description: 'The most characters.' })
  readonly maxLength!: number;

  @Field(() => Boolean, { description: 'Whether passwords that have leaked elsewhere are refused.' })
  readonly leakedPasswordsRefused!: boolean;
}

@ObjectType({ description: 'What a client must know before anybody logs in.' })
export class AuthConfig {
  @Field(() => SignUpMode, { description: 'Who may make an account.' })
  readonly signUp: keyof typeof SignUpMode;

  @Field(() => Boolean, { description: 'Whether an address must be verified before its user can log in.' })
  readonly requireVerifiedEmail: boolean;

  @Field(() => PasswordPolicy, { description: 'What a password must be.' })
  readonly passwordPolicy: PasswordPolicy;

  @Field(() => Int, { description: 'Seconds that an access token lives.' })
  readonly accessTokenTtlSeconds: number;

  @Field(() => Int, { description: 'Seconds after which a session that is not refreshed ends.' })
  readonly sessionIdleTtlSeconds: number;

  @Field(() => Int, { description: 'Seconds after which a session ends in any case.' })
  readonly sessionAbsoluteTtlSeconds: number;

  constructor(settings: Auth['settings']) {
    this.signUp = settings.signUp === 'open' ? 'OPEN' : 'CLOSED';
    this.requireVerifiedEmail = settings.requireVerifiedEmail;
    this.passwordPolicy = settings.passwordPolicy;
    this.accessTokenTtlSeconds = settings.accessTokenTtlSeconds;
    this.sessionIdleTtlSeconds = settings.sessionIdleTtlSeconds;
    this.sessionAbsoluteTtlSeconds = settings.sessionAbsoluteTtlSeconds;
  }
}

@InputType({ description: 'An address and a password.' })
export class LoginInput {
  @Field(() => String, { description: 'The address of the account.' })
  @Text(MAX_LENGTH.email)
  readonly email!: string;

  @Field(() => String, { description: 'The password, compared exactly.' })
  @Secret(MAX_LENGTH.password)
  readonly password!: string;
}

@ObjectType({ description: 'You are in.' })
export class LoginSuccess extends IssuedTokens {
  @Field(() => User, { description: 'Who logged in.' })
  readonly user: User;

  constructor(loggedIn: HandedOver<LoggedIn>) {
    super(loggedIn);
    this.user = new User(loggedIn.user);
  }
}

@ObjectType({ description: 'The password is right, and a second factor is asked for.' })
class MfaRequiredError {
  @Field(() => String, { description: 'Stands for the login while the second factor is given.' })
  readonly challengeToken!: string;

  @Field(() => [String], { description: 'The second factors that this user has (RFC 8176).' })
  readonly methods!: string[];
}

export const LoginResult = resultUnion('LoginResult', 'How a login ends.', [
  LoginSuccess,
  MfaRequiredError,
  InvalidCredentialsError,
  EmailNotVerifiedError,
  RateLimitedError,
] as const);
