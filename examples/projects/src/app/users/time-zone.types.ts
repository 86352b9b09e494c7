import { createUnionType, Field, InputType, ObjectType } from 'type-graphql';

import { InvalidInputError } from '../../extend.js';

@InputType({ description: 'The input of `setTimeZone`.' })
export class SetTimeZoneInput {
  @Field(() => String, { nullable: true, description: 'An IANA time zone, such as `Europe/Berlin`; null for UTC.' })
  readonly timeZone?: string | null;
}

@ObjectType({ description: 'The time zone was set.' })
export class SetTimeZoneSuccess {
  @Field(() => String, { nullable: true, description: 'The time zone; null for UTC.' })
  readonly timeZone: string | null;

  constructor(timeZone: string | null) {
    this.timeZone = timeZone;
  }
}

export const SetTimeZoneResult = createUnionType({
  name: 'SetTimeZoneResult',
  description: 'The result of `setTimeZone`.',
  types: () => [SetTimeZoneSuccess, InvalidInputError] as const,
});
