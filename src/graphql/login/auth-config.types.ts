import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';

import type { Auth } from '../../auth/auth.js';

/** Who may make an account. */
export const SignUpMode = { OPEN: 'OPEN', CLOSED: 'CLOSED' } as const;

registerEnumType(SignUpMode, {
  name: 'SignUpMode',
  description: 'Who may make an account.',
  valuesConfig: {
    OPEN: { description: 'Everybody, by `signUp`.' },
    CLOSED: { description: 'Administrators only.' },
  },
});

@ObjectType({ description: 'What a password must be.' })
export class PasswordPolicy {
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
