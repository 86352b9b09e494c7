import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';

import { networkShown } from '../../auth/client-info.js';
import type { Tokens } from '../../auth/sessions/tokens.js';
import { DateTime } from '../date-time.js';
import { InvalidRefreshTokenError, NotFoundError, RateLimitedError } from '../error-result.js';
import type { HandedOver } from '../refresh-transport.js';
import { resultUnion } from '../union.js';
import { MAX_LENGTH, Text } from '../validators.js';

@InputType({ description: 'The refresh token to exchange.' })
export class RefreshSessionInput {
  @Field(() => String, { description: 'The newest refresh token of the session.' })
  readonly refreshToken!: string;
}

@InputType({ description: 'Which session to end, beside that of the bearer.' })
export class LogoutInput {
  @Field(() => String, { description: 'A refresh token of the session.' })
  readonly refreshToken!: string;
}

@InputType({ description: 'Which session to end.' })
export class RevokeSessionInput {
  @Field(() => ID, { description: 'One of `mySessions`.' })
  @Text(MAX_LENGTH.id)
  readonly sessionId!: string;
}

@ObjectType({ description: 'A place where a user is logged in.' })
export class UserSession {
  @Field(() => ID, { description: 'Opaque and stable.' })
  readonly id: string;

  @Field(() => Boolean, { description: 'Whether this request belongs to it.' })
  readonly current: boolean;

  @Field(() => String, { nullable: true, description: 'The device, as its user agent tells it.' })
  readonly device: string | null;

  @Field(() => String, { nullable: true, description: 'The network it was begun from.' })
  readonly network: string | null;

  @Field(() => [String], { description: 'How the user proved who it is (RFC 8176).' })
  readonly amr: readonly string[];

  @Field(() => DateTime, {
    description: 'When it was begun.',
  })
  readonly createdAt: Date;

  @Field(() => DateTime, {
    description: 'When it was last used, to the minute.',
  })
  readonly lastSeenAt: Date;

  @Field(() => DateTime, {
    description: 'When it ends unless it is refreshed before.',
  })
  readonly idleExpiresAt: Date;

  @Field(() => DateTime, {
    description: 'When it ends in any case.',
  })
  readonly expiresAt: Date;

  constructor(record: Tokens['session'], currentId: string | undefined) {
    this.id = record.id;
    this.current = record.id === currentId;
    this.device = record.device;
    this.network = networkShown(record.network);
    this.amr = record.amr;
    this.createdAt = record.createdAt;
    this.lastSeenAt = record.lastSeenAt;
    this.idleExpiresAt = record.idleExpiresAt;
    this.expiresAt = record.expiresAt;
  }
}

@ObjectType({ description: 'What every success that issues tokens holds.' })
export abstract class IssuedTokens {
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

  @Field(() => UserSession, { description: 'The session that the tokens belong to.' })
  readonly session: UserSession;

  constructor({ accessToken, expiresInSeconds, refreshToken, session }: HandedOver<Tokens>) {
    this.accessToken = accessToken;
    this.expiresIn = expiresInSeconds;
    this.refreshToken = refreshToken;
    this.session = new UserSession(session, session.id);
  }
}

@ObjectType({ description: 'The session goes on with these tokens.' })
export class RefreshSessionSuccess extends IssuedTokens {}

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

export const RefreshSessionResult = resultUnion('RefreshSessionResult', 'How a refresh ends.', [
  RefreshSessionSuccess,
  InvalidRefreshTokenError,
  RateLimitedError,
] as const);

export const RevokeSessionResult = resultUnion('RevokeSessionResult', 'How ending a session ends.', [
  RevokeSessionSuccess,
  NotFoundError,
] as const);
