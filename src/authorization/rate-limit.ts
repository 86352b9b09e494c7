import type { GraphQLField } from 'graphql';
import { Extensions } from 'type-graphql';

import type { ApplicationLimit } from '../values/application-limit.js';

const PURPOSE = 'gatehouse.rateLimit';
const APPLICATION = 'gatehouse.applicationLimit';

/** The purposes of our rate limits. `login` counts every password that is sent. */
const ownPurposes = ['login', 'mail', 'link', 'refresh'] as const;
type OwnPurpose = (typeof ownPurposes)[number];

/** Whether the schema uses the name for a limit of ours. */
export const isOwnPurpose = (purpose: string): boolean => ownPurposes.some((own) => own === purpose);

/**
 * States that the flow behind a root field counts its calls and limits them. The limits themselves are part of the flow,
 * which knows the address and the network that it counts by; the schema prints only the purpose, for clients.
 */
export const RateLimit = (purpose: OwnPurpose): ReturnType<typeof Extensions> => Extensions({ [PURPOSE]: purpose });

/** Limits a root field of the application. A call is counted before the field runs, together with those of other fields with the same purpose. */
export const ApplicationRateLimit = (limit: ApplicationLimit): ReturnType<typeof Extensions> =>
  Extensions({ [PURPOSE]: limit.purpose, [APPLICATION]: limit });

/** Returns the purpose of the rate limit of a field, or undefined. */
export const rateLimitOf = (field: GraphQLField<unknown, unknown>): string | undefined =>
  field.extensions[PURPOSE] as string | undefined;

/** Returns the limit that the application has stated for a field, or undefined. */
export const applicationLimitOf = (field: GraphQLField<unknown, unknown>): ApplicationLimit | undefined =>
  field.extensions[APPLICATION] as ApplicationLimit | undefined;
