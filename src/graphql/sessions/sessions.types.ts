import { Field, GraphQLISODateTime, ID, ObjectType } from 'type-graphql';

import { networkShown } from '../../auth/client-info.js';
import type { Tokens } from '../../auth/sessions/tokens.js';

@ObjectType({ description: 'A place where a user is logged in.' })
export class Session {
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

  @Field(() => GraphQLISODateTime, { description: 'When it was begun.' })
  readonly createdAt: Date;

  @Field(() => GraphQLISODateTime, { description: 'When it was last used, to the minute.' })
  readonly lastSeenAt: Date;

  @Field(() => GraphQLISODateTime, { description: 'When it ends unless it is refreshed before.' })
  readonly idleExpiresAt: Date;

  @Field(() => GraphQLISODateTime, { description: 'When it ends in any case.' })
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
