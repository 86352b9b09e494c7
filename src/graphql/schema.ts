import { GraphQLSchema, specifiedDirectives, type GraphQLEnumType } from 'graphql';
import { buildSchemaSync } from 'type-graphql';

import { enforceRules } from '../authorization/enforce-rules.js';
import { ruleDirectives } from '../authorization/print-schema.js';
import type { Target } from '../authorization/rule.js';
import { applyRules } from '../authorization/schema-rules.js';
import { AccountResolver } from './accounts/accounts.resolver.js';
import { EmailResolver } from './email/email.resolver.js';
import { LoginResolver } from './login/login.resolver.js';
import { PasswordResolver } from './passwords/passwords.resolver.js';
import { RequestErrorCodeEnum } from './request-error-code.js';
import { noteRateLimits } from './retry-after.js';
import { SessionResolver } from './sessions/sessions.resolver.js';
import { UserAdministrationResolver, UserResolver } from './users/users.resolver.js';
import { UserProfile } from './users/users.types.js';

/** A class with type-graphql decorators that defines root fields or field resolvers. */
export type ResolverClass = Target;

const ownResolvers = [
  AccountResolver,
  EmailResolver,
  LoginResolver,
  PasswordResolver,
  SessionResolver,
  UserAdministrationResolver,
  UserResolver,
] as const;

/**
 * Builds the schema from our resolvers and those of the application.
 *
 * @throws Error when a root field states no rule, or when the rules of a field contradict each other
 */
export const createSchema = (resolvers: readonly ResolverClass[] = []): GraphQLSchema => {
  const classes = [...ownResolvers, ...resolvers] as const;
  const built = buildSchemaSync({
    resolvers: [...classes],
    orphanedTypes: [UserProfile],
    // type-graphql requires a checker where @Authorized is used; the guards of `enforceRules` do its work.
    authChecker: () => true,
    // Without this, the errors of class-validator contain the whole input, passwords included.
    validate: { validationError: { target: false, value: false } },
  });
  const role = built.getType('Role') as GraphQLEnumType;
  const config = built.toConfig();
  const schema = new GraphQLSchema({
    ...config,
    types: [...config.types, RequestErrorCodeEnum],
    directives: [...specifiedDirectives, ...ruleDirectives(role)],
  });
  applyRules(schema, classes);
  noteRateLimits(schema);
  enforceRules(schema);
  return schema;
};
