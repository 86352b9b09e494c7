import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';

import { RateLimitedError } from './error-result.js';

const waits = new WeakMap<object, number>();

/**
 * Notes every RateLimitedError that a root field returns, so that the response gets the header `Retry-After` although its
 * status is 200. HTTP clients and proxies read the header; they do not read the body.
 */
export const noteRateLimits = (schema: GraphQLSchema): void => {
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      field.resolve = noting(field.resolve ?? defaultFieldResolver);
    }
  }
};

const noting =
  (resolve: GraphQLFieldResolver<unknown, object>): GraphQLFieldResolver<unknown, object> =>
  async (source, args: unknown, context, info) => {
    const result: unknown = await resolve(source, args, context, info);
    if (result instanceof RateLimitedError)
      waits.set(context, Math.max(result.retryAfterSeconds, waits.get(context) ?? 0));
    return result;
  };

/** Returns the longest time to wait, in seconds, that a root field of the request returned. */
export const retryAfterSecondsOf = (context: object): number | undefined => waits.get(context);
