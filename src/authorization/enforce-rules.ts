import { defaultFieldResolver, isObjectType, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';

import type { Caller } from '../auth/caller.js';
import { refusalOf, type Rule } from './rule.js';
import { ruleOf } from './schema-rules.js';
import type { Context } from '../graphql/context.js';

/**
 * Puts a guard before every field that has a rule: it passes or throws our own error, on the caller alone, and never
 * asks the database. The rule is the one that the schema prints, so what is published is what is enforced.
 *
 * type-graphql's own checker is not enough: it is handed the nearest decorator's roles only, and is not asked at all
 * where the decorator stands on a type and the field is answered by a field resolver, or comes from a class that the
 * type extends.
 *
 * The fields of a mutation run one after the other, and one that waits can hold up the next for as long as its caller
 * likes. So from the second on the guard asks again who is calling: what was revoked meanwhile stays revoked.
 */
export const enforceRules = (schema: GraphQLSchema): void => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const rule = ruleOf(field);
      if (!rule) continue;
      const resolve = (field.resolve ?? defaultFieldResolver) as Resolver;
      field.resolve = type === schema.getMutationType() ? guardMutation(resolve, rule) : guard(resolve, rule);
    }
  }
};

type Resolver = GraphQLFieldResolver<unknown, Context>;

const pass = (rule: Rule, caller: Caller): void => {
  const refused = refusalOf(rule, caller);
  if (refused) throw refused;
};

const guard =
  (resolve: Resolver, rule: Rule): Resolver =>
  (source, args, context, info) => {
    pass(rule, context.caller);
    return resolve(source, args, context, info);
  };

/** Requests of which a field has begun. */
const begun = new WeakSet<Context>();

const guardMutation =
  (resolve: Resolver, rule: Rule): Resolver =>
  async (source, args, context, info) => {
    const isFirst = !begun.has(context);
    begun.add(context);
    if (rule.kind !== 'public') pass(rule, isFirst ? context.caller : await context.callerNow());
    return resolve(source, args, context, info);
  };
