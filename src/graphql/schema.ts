import { GraphQLSchema, specifiedDirectives, type GraphQLEnumType } from 'graphql';
import { buildSchemaSync } from 'type-graphql';

import { ruleDirectives } from '../authorization/print-schema.js';
import type { Target } from '../authorization/rule.js';
import { applyRules } from '../authorization/schema-rules.js';
import { AccountResolver } from './accounts/accounts.resolver.js';
import { AdminResolver } from './users/users.resolver.js';
import { enforceRules } from '../authorization/enforce-rules.js';
import { EmailResolver } from './email/email.resolver.js';
import { LoginResolver } from './login/login.resolver.js';
import { PasswordResolver } from './passwords/passwords.resolver.js';
import { SessionResolver } from './sessions/sessions.resolver.js';
import { Profile } from './users/users.types.js';

/** A class of resolvers, as type-graphql takes it. */
export type ResolverClass = Target;

/**
 * Builds the schema of Gatehouse together with the adopter's resolvers.
 *
 * @throws Error when a root field states no rule, or rules that cannot be added up
 */
export const createSchema = (resolvers: readonly ResolverClass[] = []): GraphQLSchema => {
  const ours = [
    AccountResolver,
    EmailResolver,
    PasswordResolver,
    LoginResolver,
    SessionResolver,
    AdminResolver,
  ] as const;
  const classes = [...ours, ...resolvers] as const;
  const built = buildSchemaSync({
    resolvers: [...classes],
    orphanedTypes: [Profile],
    // It insists on one where @Authorized stands; the guards of `enforceRules` do its work.
    authChecker: () => true,
    // Without this, class-validator hands the whole input back inside its errors, passwords included.
    validate: { validationError: { target: false, value: false } },
  });
  const role = built.getType('Role') as GraphQLEnumType;
  const schema = new GraphQLSchema({
    ...built.toConfig(),
    directives: [...specifiedDirectives, ...ruleDirectives(role)],
  });
  applyRules(schema, classes);
  enforceRules(schema);
  return schema;
};
