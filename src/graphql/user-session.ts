import { Field, ID, ObjectType } from 'type-graphql';

import { networkShown } from '../auth/client-info.js';
import type { Tokens } from '../auth/sessions/tokens.js';
import { DateTime } from './date-time.js';

@ObjectType({ description: 'A session: one device or browser in which a user is logged in.' })
export class UserSession {
  @Field(() => ID, { description: 'The id of the session. It is opaque and never changes.' })
  readonly id: string;

  @Field(() => Boolean, {
    description:
      'Whether this is the session of the request. In a result with tokens, it is the session that they belong to.',
  })
  readonly current: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      'A readable name of the device or browser that started the session, such as `Firefox on Linux`, taken from its user agent. Null if it is not recognized.',
  })
  readonly device: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The network from which the session was started: the /24 prefix of an IPv4 address, such as `203.0.113.0/24`, or the /64 prefix of an IPv6 address. Null if it is not known.',
  })
  readonly network: string | null;

  @Field(() => [String], {
    description: 'The methods by which the user was authenticated, as RFC 8176 names them. `pwd` is a password.',
  })
  readonly amr: readonly string[];

  @Field(() => DateTime, { description: 'The time at which the session was started.' })
  readonly createdAt: Date;

  @Field(() => DateTime, { description: 'The time at which the session was last used, to the minute.' })
  readonly lastSeenAt: Date;

  @Field(() => DateTime, { description: 'The time at which the session ends if it is not refreshed before.' })
  readonly idleExpiresAt: Date;

  @Field(() => DateTime, { description: 'The time at which the session ends, however often it is refreshed.' })
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
