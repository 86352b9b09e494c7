import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

import type { Auth } from '../../auth/auth.js';
import type { LoggedIn } from '../../auth/login/password-login.js';
import { AfterProof } from '../../authorization/private-types.js';
import { NEW_DEVICE_TOKEN, TRIMMED } from '../descriptions.js';
import { EmailNotVerifiedError, InvalidCredentialsError, MfaRequiredError, RateLimitedError } from '../error-result.js';
import type { HandedOver } from '../refresh-transport.js';
import { IssuedTokens } from '../sessions/sessions.types.js';
import { resultUnion } from '../union.js';
import { User } from '../users/users.types.js';

const SignUpMode = { OPEN: 'OPEN', CLOSED: 'CLOSED' } as const;

registerEnumType(SignUpMode, {
  name: 'SignUpMode',
  description: 'Who can create an account.',
  valuesConfig: {
    OPEN: { description: 'Everybody can sign up with `signUp`.' },
    CLOSED: { description: 'Only administrators can create accounts; `signUp` returns `SignUpClosedError`.' },
  },
});

@ObjectType({
  description:
    'The rules for new passwords. A password must also contain no personal word (see `WeakPasswordReason`). There are no composition rules.',
})
class PasswordPolicy {
  @Field(() => Int, {
    description:
      'The minimum length in Unicode code points after NFC normalization: `[...password.normalize("NFC")].length` in JavaScript.',
  })
  readonly minLength!: number;

  @Field(() => Int, { description: 'The maximum length, counted as `minLength` is.' })
  readonly maxLength!: number;

  @Field(() => Boolean, { description: 'Whether passwords that have appeared in a data breach are refused.' })
  readonly leakedPasswordsRefused!: boolean;
}

@ObjectType({ description: 'The settings of this server that a client needs before login.' })
export class AuthConfig {
  @Field(() => SignUpMode, { description: 'Whether `signUp` is open.' })
  readonly signUp: keyof typeof SignUpMode;

  @Field(() => Boolean, {
    description:
      'Whether users have to verify their email address before they can log in. If false, an account exists as soon as `signUp` succeeds, and `EmailNotVerifiedError` is never returned.',
  })
  readonly requireVerifiedEmail: boolean;

  @Field(() => PasswordPolicy, { description: 'The rules for new passwords.' })
  readonly passwordPolicy: PasswordPolicy;

  @Field(() => Int, { description: 'The lifetime of an access token in seconds.' })
  readonly accessTokenTtlSeconds: number;

  @Field(() => Int, { description: 'The number of seconds after which a session ends if it is not refreshed.' })
  readonly sessionIdleTtlSeconds: number;

  @Field(() => Int, { description: 'The number of seconds after which a session ends, however often it is refreshed.' })
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

@InputType({ description: 'The input of `login`.' })
export class LoginInput {
  @Field(() => String, { description: `The email address of the account. ${TRIMMED}` })
  readonly email!: string;

  @Field(() => String, { description: 'The password. It is compared exactly, after Unicode normalization (NFC).' })
  readonly password!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The `deviceToken` of an earlier login on this device, if it has one. With it, the user can still log in while others try to guess the password. It is no credential, and is ignored if it is malformed, expired or of another user. In cookie mode, the cookie is used.',
  })
  readonly deviceToken?: string | null;
}

@ObjectType({ implements: IssuedTokens, description: 'The user was logged in, and a session was started.' })
@AfterProof()
export class LoginSuccess extends IssuedTokens {
  @Field(() => String, { nullable: true, description: NEW_DEVICE_TOKEN })
  readonly deviceToken: string | null;

  @Field(() => User, { description: 'The user who logged in.' })
  readonly user: User;

  constructor(loggedIn: HandedOver<LoggedIn>) {
    super(loggedIn);
    this.deviceToken = loggedIn.deviceToken;
    this.user = new User(loggedIn.user, { kind: 'login', sessionId: loggedIn.session.id });
  }
}

export const LoginResult = resultUnion(
  'LoginResult',
  'Returns the tokens of a new session, or the reason why the user was not logged in.',
  [LoginSuccess, MfaRequiredError, InvalidCredentialsError, EmailNotVerifiedError, RateLimitedError] as const,
);
