import type { GraphQLField } from 'graphql';
import { Extensions } from 'type-graphql';

const PURPOSE = 'gatehouse.rateLimit';

/** What a rate limit protects. Fields with the same purpose share its limits. `login` counts every password that is sent. */
export type RateLimitPurpose = 'login' | 'mail' | 'link' | 'refresh';

/**
 * States that the flow behind a root field counts its calls and limits them. The limits themselves are part of the flow,
 * which knows the address and the network that it counts by; the schema prints only the purpose, for clients.
 */
export const RateLimit = (purpose: RateLimitPurpose): ReturnType<typeof Extensions> =>
  Extensions({ [PURPOSE]: purpose });

/** Returns the purpose of the rate limit of a field, or undefined. */
export const rateLimitOf = (field: GraphQLField<unknown, unknown>): RateLimitPurpose | undefined =>
  field.extensions[PURPOSE] as RateLimitPurpose | undefined;
