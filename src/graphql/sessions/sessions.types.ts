import { Field, ID, InputType, Int, InterfaceType, ObjectType } from 'type-graphql';

import type { Tokens } from '../../auth/sessions/tokens.js';
import type { UserRecord } from '../../auth/users/users.js';
import { AfterProof } from '../../authorization/private-types.js';
import { InvalidRefreshTokenError, NotFoundError, RateLimitedError } from '../error-result.js';
import type { HandedOver } from '../refresh-transport.js';
import { resultUnion } from '../union.js';
import { UserSession } from '../user-session.js';
import { User } from '../users/users.types.js';

@InputType({ description: 'The input of `refreshSession`. Omit it in cookie mode.' })
export class RefreshSessionInput {
  @Field(() => String, { description: 'The newest refresh token of the session.' })
  readonly refreshToken!: string;
}

@InputType({ description: 'The input of `logout`.' })
export class LogoutInput {
  @Field(() => String, {
    description: 'A refresh token of the session to end. A token that is not valid is ignored.',
  })
  readonly refreshToken!: string;
}

@InputType({ description: 'The input of `revokeSession`.' })
export class RevokeSessionInput {
  @Field(() => ID, { description: 'The id of one of `me.sessions`.' })
  readonly sessionId!: string;
}

@InterfaceType({
  description:
    'The tokens of a session, with the fields of RFC 6749 section 5.1. All operations that issue tokens return them.',
})
export abstract class IssuedTokens {
  @Field(() => String, { description: 'The access token. Send it as `Authorization: Bearer <token>`.' })
  readonly accessToken: string;

  @Field(() => String, { description: 'The type of the access token: always `Bearer`.' })
  readonly tokenType = 'Bearer';

  @Field(() => Int, { description: 'The number of seconds until the access token expires.' })
  readonly expiresIn: number;

  @Field(() => String, {
    description:
      'The scope of the access token: `role:NAME` for each role of the user, separated by spaces. A changed role shows after the next refresh.',
  })
  readonly scope: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The refresh token. Exchange it with `refreshSession`, once: the result contains its successor. With the header `X-Refresh-Transport: cookie` (cookie mode), `login`, `refreshSession` and `changePassword` store it in a cookie that no script can read, and return null. Without the header, or with `body`, it is returned here. Cookie mode requires an allowed origin, and a request that includes credentials (`credentials: "include"` in `fetch`).',
  })
  readonly refreshToken: string | null;

  @Field(() => UserSession, { description: 'The session that the tokens belong to.' })
  readonly session: UserSession;

  constructor({ accessToken, expiresInSeconds, scope, refreshToken, session }: HandedOver<Tokens>) {
    this.accessToken = accessToken;
    this.expiresIn = expiresInSeconds;
    this.scope = scope;
    this.refreshToken = refreshToken;
    this.session = new UserSession(session, session.id);
  }
}

@ObjectType({ implements: IssuedTokens, description: 'The session was refreshed. It continues with these tokens.' })
@AfterProof()
export class RefreshSessionSuccess extends IssuedTokens {}

@ObjectType({ description: 'The sessions that the request identifies were ended.' })
export class LogoutPayload {
  @Field(() => Int, { description: 'The number of active sessions that were ended; 0 if there was none.' })
  readonly revokedSessions: number;

  constructor(revokedSessions: number) {
    this.revokedSessions = revokedSessions;
  }
}

@ObjectType({ description: 'The session was ended.' })
export class RevokeSessionSuccess {
  @Field(() => ID, { description: 'The id of the session. Remove it from the cache of the client.' })
  readonly sessionId: string;

  constructor(sessionId: string) {
    this.sessionId = sessionId;
  }
}

@ObjectType({ description: 'All sessions of the caller except the current one were ended.' })
export class RevokeOtherSessionsPayload {
  @Field(() => User, { description: 'The caller.' })
  readonly user: User;

  @Field(() => Int, { description: 'The number of active sessions that were ended.' })
  readonly revokedSessions: number;

  constructor(record: UserRecord, revokedSessions: number) {
    this.user = new User(record);
    this.revokedSessions = revokedSessions;
  }
}

@ObjectType({ description: 'All sessions of the caller were ended, including the current one.' })
export class RevokeAllSessionsPayload {
  @Field(() => Int, { description: 'The number of active sessions that were ended.' })
  readonly revokedSessions: number;

  constructor(revokedSessions: number) {
    this.revokedSessions = revokedSessions;
  }
}

export const RefreshSessionResult = resultUnion(
  'RefreshSessionResult',
  'Returns new tokens, or the reason why the session was not refreshed.',
  [RefreshSessionSuccess, InvalidRefreshTokenError, RateLimitedError] as const,
);

export const RevokeSessionResult = resultUnion(
  'RevokeSessionResult',
  'Returns the id of the session that was ended, or the reason why none was.',
  [RevokeSessionSuccess, NotFoundError] as const,
);
