import { GraphQLScalarType } from 'graphql';
import { GraphQLDateTime } from 'graphql-scalars';

/** A point in time as an RFC 3339 string in UTC. Values in the response are `Date` objects, which JSON writes in that format. */
export const DateTime = new GraphQLScalarType<Date, Date>({
  ...GraphQLDateTime.toConfig(),
  description: 'A time in UTC as an RFC 3339 string with milliseconds, such as 2026-03-14T09:26:53.589Z.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time',
});
