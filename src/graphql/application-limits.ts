import {
  defaultFieldResolver,
  getNullableType,
  isObjectType,
  isUnionType,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';

import { applicationLimitOf, isOwnPurpose } from '../authorization/rate-limit.js';
import type { Rule } from '../authorization/rule.js';
import { ruleOf } from '../authorization/schema-rules.js';
import { GatehouseError, OperatorError } from '../errors.js';
import type { ApplicationLimit } from '../values/application-limit.js';
import { internalsOf, type Context } from './context.js';
import { RateLimitedError } from './error-result.js';

type FieldResolver = GraphQLFieldResolver<unknown, Context>;

/**
 * Counts the calls of every field that the application limits, before the field runs, with the counters of our own limits. A
 * refusal is `RateLimitedError` if the result union has this member, otherwise the request error `RATE_LIMITED`.
 *
 * @throws OperatorError when a limit cannot be counted, or two fields of one purpose state different limits
 */
export const limitFields = (schema: GraphQLSchema): void => {
  const roots: readonly unknown[] = [schema.getQueryType(), schema.getMutationType()];
  const stated = new Map<string, ApplicationLimit>();
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      const limit = applicationLimitOf(field);
      if (!limit) continue;
      const place = `${type.name}.${field.name}`;
      if (!roots.includes(type))
        throw wrong(place, 'can be on a root field only. Move it to the field that leads here.');
      assertLimit(place, ruleOf(field), limit);
      assertSame(place, limit, stated.get(limit.purpose) ?? limit);
      stated.set(limit.purpose, limit);
      field.resolve = limited(field.resolve ?? defaultFieldResolver, limit, hasRateLimitedError(field.type));
    }
  }
};

const wrong = (place: string, sentence: string) => new OperatorError(`${place}: @RateLimit ${sentence}`);

/** Counters are rows, which exist as long as their window: 31 days. */
const WINDOW_MAX_SECONDS = 31 * 24 * 60 * 60;

const assertLimit = (
  place: string,
  rule: Rule | undefined,
  { purpose, per, max, windowSeconds }: ApplicationLimit,
): void => {
  if (!/^[a-z][a-z\d]*(-[a-z\d]+)*$/.test(purpose))
    throw wrong(
      place,
      `has the purpose "${purpose}". Use lower-case letters, digits and hyphens, such as create-project.`,
    );
  if (isOwnPurpose(purpose))
    throw wrong(place, `has the purpose "${purpose}", which is Gatehouse's. Choose another name.`);
  if (!Number.isInteger(max) || max < 1) throw wrong(place, 'has a max that is not a whole number from 1.');
  if (!Number.isInteger(windowSeconds) || windowSeconds < 1 || windowSeconds > WINDOW_MAX_SECONDS)
    throw wrong(place, `has windowSeconds that are not a whole number from 1 to ${WINDOW_MAX_SECONDS}.`);
  if (per === 'user' && rule?.kind === 'public')
    throw wrong(place, "counts by user, but the field is @Public. Use `per: 'network'`.");
};

const assertSame = (place: string, limit: ApplicationLimit, other: ApplicationLimit): void => {
  if (limit.per !== other.per || limit.max !== other.max || limit.windowSeconds !== other.windowSeconds)
    throw wrong(
      place,
      `has other numbers than another field with the purpose "${limit.purpose}". Share one constant, or choose another name.`,
    );
};

const hasRateLimitedError = (type: GraphQLOutputType): boolean => {
  const result = getNullableType(type);
  return isUnionType(result) && result.getTypes().some(({ name }) => name === RateLimitedError.name);
};

const limited =
  (resolve: FieldResolver, limit: ApplicationLimit, isMember: boolean): FieldResolver =>
  async (source, args: unknown, context, info) => {
    const { auth, caller, client } = internalsOf(context);
    const taken = await auth.takeOfApplication(limit, caller, client);
    if (!('failure' in taken)) return resolve(source, args, context, info);
    const { retryAfterSeconds } = taken;
    if (isMember) return new RateLimitedError(retryAfterSeconds);
    throw new GatehouseError('RATE_LIMITED', { retryAfterSeconds });
  };
