import { defaultFieldResolver, isObjectType, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';

import { refusalOf, type Principal, type Rule } from './rule.js';
import { ruleOf } from './schema-rules.js';

/** The part of the GraphQL context that identifies the request. */
interface RequestContext {
  readonly signal: AbortSignal;
}

/** What the guards read of a request. */
export interface RequestPrincipal {
  readonly caller: Principal;
  /** Aborted when the operation has not ended in time. */
  readonly signal: AbortSignal;
  /** Authenticates the request again. */
  readonly callerNow: () => Promise<Principal>;
}

/**
 * Adds a guard to every field that has a rule. The guard resolves the field or throws our own error. It decides by the caller
 * alone and does not read the database. The schema prints the same rule, so the published rule is the enforced one.
 *
 * The checker of type-graphql is not sufficient. It receives only the roles of the nearest decorator, and it is not called
 * when the decorator is on a type and the field has a field resolver, or when the field comes from a class that the type
 * extends.
 *
 * The fields of a mutation run one after the other, and a caller can make one of them wait for as long as it likes. From
 * the second field on, the guard therefore authenticates the request again, so that a session that was revoked in the
 * meantime cannot continue.
 *
 * After the deadline of the operation, no further field with a rule starts: the client has been told that it failed.
 *
 * @param principalOf returns the principal of the request that a context belongs to, always the same object
 */
export const enforceRules = (
  schema: GraphQLSchema,
  principalOf: (context: RequestContext) => RequestPrincipal,
): void => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const rule = ruleOf(field);
      if (!rule) continue;
      const resolve: FieldResolver = field.resolve ?? defaultFieldResolver;
      const guard = type === schema.getMutationType() ? guardMutation : guardField;
      field.resolve = guard(resolve, rule, principalOf);
    }
  }
};

type FieldResolver = GraphQLFieldResolver<unknown, RequestContext>;

type Guard = (
  resolve: FieldResolver,
  rule: Rule,
  principalOf: (context: RequestContext) => RequestPrincipal,
) => FieldResolver;

const assertAllowed = (rule: Rule, principal: Principal): void => {
  const refusal = refusalOf(rule, principal);
  if (refusal) throw refusal;
};

const guardField: Guard = (resolve, rule, principalOf) => (source, args: unknown, context, info) => {
  const { signal, caller } = principalOf(context);
  signal.throwIfAborted();
  assertAllowed(rule, caller);
  return resolve(source, args, context, info);
};

/** The requests whose first root field has started. */
const startedRequests = new WeakSet<RequestPrincipal>();

const guardMutation: Guard = (resolve, rule, principalOf) => async (source, args: unknown, context, info) => {
  const request = principalOf(context);
  request.signal.throwIfAborted();
  const isFirst = !startedRequests.has(request);
  startedRequests.add(request);
  if (rule.kind !== 'public') assertAllowed(rule, isFirst ? request.caller : await request.callerNow());
  return resolve(source, args, context, info);
};
