import { Field, Int, ObjectType } from 'type-graphql';

import type { LoggedIn } from '../auth/login/password-login.js';
import type { Tokens } from '../auth/sessions/tokens.js';
import type { UserRecord } from '../auth/users/users.js';
import {
  EmailNotVerified,
  InvalidCredentials,
  InvalidRefreshToken,
  LastAdministrator,
  NotFound,
  RateLimited,
  WeakPassword,
} from './error-result.js';
import type { HandedOver } from './refresh-transport.js';
import { Session } from './sessions/sessions.types.js';
import { union } from './union.js';
import { User } from './users/users.types.js';

@ObjectType({ description: 'What every success that issues tokens holds.' })
abstract class IssuedTokens {
  @Field(() => String, { description: 'Goes into `Authorization: Bearer …`.' })
  readonly accessToken: string;

  @Field(() => String, { description: 'Always `Bearer`.' })
  readonly tokenType = 'Bearer';

  @Field(() => Int, { description: 'Seconds until the access token expires.' })
  readonly expiresIn: number;

  @Field(() => String, {
    nullable: true,
    description: 'Exchange it with `refreshSession`; null when it is in a cookie.',
  })
  readonly refreshToken: string | null;

  @Field(() => Session, { description: 'The session that the tokens belong to.' })
  readonly session: Session;

  constructor({ accessToken, expiresInSeconds, refreshToken, session }: HandedOver<Tokens>) {
    this.accessToken = accessToken;
    this.expiresIn = expiresInSeconds;
    this.refreshToken = refreshToken;
    this.session = new Session(session, session.id);
  }
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

@ObjectType({ description: 'The session goes on with these tokens.' })
export class RefreshSessionSuccess extends IssuedTokens {}

@ObjectType({ description: 'The password is changed; every older session is over, and this is a new one.' })
export class ChangePasswordSuccess extends IssuedTokens {}

@ObjectType({ description: 'The password is right, and a second factor is asked for.' })
class MfaRequired {
  @Field(() => String, { description: 'Stands for the login while the second factor is given.' })
  readonly challengeToken!: string;

  @Field(() => [String], { description: 'The second factors that this user has (RFC 8176).' })
  readonly methods!: string[];
}

@ObjectType({ description: 'What the bearer and the refresh token proved is over.' })
export class LogoutSuccess {
  @Field(() => Boolean, { description: 'Always true.' })
  readonly done = true;
}

@ObjectType({ description: 'The session is over.' })
export class RevokeSessionSuccess {
  @Field(() => Boolean, { description: 'Always true.' })
  readonly done = true;
}

@ObjectType({ description: 'The sessions are over.' })
export class RevokeSessionsSuccess {
  @Field(() => Int, { description: 'How many were live until now.' })
  readonly count: number;

  constructor(count: number) {
    this.count = count;
  }
}

@ObjectType({ description: 'The user as it is now.' })
export class AdminUserSuccess {
  @Field(() => User, { description: 'The user.' })
  readonly user: User;

  constructor(record: UserRecord) {
    this.user = new User(record);
  }
}

export const LoginResult = union('LoginResult', 'How a login ends.', [
  LoginSuccess,
  MfaRequired,
  InvalidCredentials,
  EmailNotVerified,
  RateLimited,
] as const);

export const RefreshSessionResult = union('RefreshSessionResult', 'How a refresh ends.', [
  RefreshSessionSuccess,
  InvalidRefreshToken,
  RateLimited,
] as const);

export const ChangePasswordResult = union('ChangePasswordResult', 'How a change of password ends.', [
  ChangePasswordSuccess,
  InvalidCredentials,
  WeakPassword,
  RateLimited,
] as const);

export const RevokeSessionResult = union('RevokeSessionResult', 'How ending a session ends.', [
  RevokeSessionSuccess,
  NotFound,
] as const);

export const AdminUserResult = union('AdminUserResult', 'How a change of a user ends.', [
  AdminUserSuccess,
  NotFound,
  LastAdministrator,
] as const);
