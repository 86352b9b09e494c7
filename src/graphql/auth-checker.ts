import { defaultFieldResolver, isObjectType, type GraphQLSchema } from 'graphql';

import { refusal } from '../contract/rule.js';
import { ruleOf } from '../contract/schema-rules.js';
import type { Context } from './context.js';

/**
 * Puts a guard before every field that has a rule: it passes or throws our own error, on the caller alone, and never
 * asks the database. The rule is the one that the schema prints, so what is published is what is enforced.
 *
 * type-graphql's own checker is not enough: it is handed the nearest decorator's roles only, and is not asked at all
 * where the decorator stands on a type and the field is answered by a field resolver, or comes from a class that the
 * type extends.
 */
export const enforceRules = (schema: GraphQLSchema): void => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const rule = ruleOf(field);
      if (!rule || rule.kind === 'public') continue;
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (source, args, context: Context, info) => {
        const refused = refusal(rule, context.caller);
        if (refused) throw refused;
        return resolve(source, args, context, info);
      };
    }
  }
};
