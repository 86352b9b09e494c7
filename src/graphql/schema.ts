import { createRequire } from 'node:module';

import { GraphQLSchema, specifiedDirectives } from 'graphql';
import { buildSchemaSync, getMetadataStorage } from 'type-graphql';

import * as applicationErrors from '../app/errors.js';
import { roles as applicationRoles } from '../app/roles.js';
import { enforceRules } from '../authorization/enforce-rules.js';
import { ruleDirectives } from '../authorization/print-schema.js';
import { assertPrivateTypes, type IsOwnField } from '../authorization/private-types.js';
import { assertRoleNames } from '../authorization/role-names.js';
import { classChainOf, type Target } from '../authorization/rule.js';
import { applyRules } from '../authorization/schema-rules.js';
import { AccountResolver } from './accounts/accounts.resolver.js';
import { AdministratorResolver } from './administrators/administrators.resolver.js';
import { limitFields } from './application-limits.js';
import { internalsOf } from './context.js';
import { declarationsOf } from './declarations.js';
import { EmailResolver } from './email/email.resolver.js';
import { LoginResolver } from './login/login.resolver.js';
import { assertErrorTables } from './error-codes.js';
import { assertDefinedFailures } from './failure.js';
import { assertNoCollision, type SchemaPart } from './name-collisions.js';
import { PasswordResolver } from './passwords/passwords.resolver.js';
import { RequestErrorCodeEnum } from './request-error-code.js';
import { noteRateLimits } from './retry-after.js';
import { SessionResolver, UserSessionsResolver } from './sessions/sessions.resolver.js';
import { UserLockResolver, UserResolver } from './users/users.resolver.js';
import { UserProfile } from './users/users.types.js';

/** A class with type-graphql decorators that defines root fields or field resolvers. */
export type ResolverClass = Target;

const ownResolvers = [
  AccountResolver,
  AdministratorResolver,
  EmailResolver,
  LoginResolver,
  PasswordResolver,
  SessionResolver,
  UserResolver,
  UserSessionsResolver,
  UserLockResolver,
] as const;

/** The types of ours that no field of ours returns. */
const orphanedTypes = [UserProfile];

/** An application that decorates its inputs with class-validator imports it, so its decorators are never ignored. */
const isClassValidatorInstalled = (): boolean => {
  try {
    createRequire(import.meta.url).resolve('class-validator');
    return true;
  } catch {
    return false;
  }
};

/**
 * Builds the schema from our resolvers and those of the application.
 *
 * @throws OperatorError when the name of a role or an error code of the application is not valid, when a root field states no
 *   rule, when the rules of a field contradict each other or name an unknown role, when a name is taken, or when the
 *   application leads to a private type
 */
export const createSchema = (resolvers: readonly ResolverClass[] = []): GraphQLSchema => {
  assertRoleNames(Object.keys(applicationRoles));
  assertErrorTables(applicationErrors);
  assertDefinedFailures();
  const own: SchemaPart = {
    resolvers: ownResolvers,
    declarations: declarationsOf(ownResolvers, [...orphanedTypes, RequestErrorCodeEnum]),
  };
  assertNoCollision(own, { resolvers, declarations: declarationsOf(resolvers) });

  const classes = [...ownResolvers, ...resolvers] as const;
  const built = buildSchemaSync({
    resolvers: [...classes],
    orphanedTypes,
    // type-graphql requires a checker where @Authorized is used; the guards of `enforceRules` do its work.
    authChecker: () => true,
    // Without `validationError`, the errors of class-validator contain the whole input, passwords included.
    validate: isClassValidatorInstalled() && { validationError: { target: false, value: false } },
  });
  forgetAddedFields();
  describeRootTypes(built);
  const config = built.toConfig();
  const schema = new GraphQLSchema({
    ...config,
    types: [...config.types, RequestErrorCodeEnum],
    directives: [...specifiedDirectives, ...ruleDirectives],
  });
  applyRules(schema, classes);
  assertPrivateTypes(schema, ownFieldsOf(own));
  limitFields(schema);
  noteRateLimits(schema);
  enforceRules(schema, internalsOf);
  return schema;
};

/** type-graphql cannot describe the root types, because no class declares them. */
const describeRootTypes = (schema: GraphQLSchema): void => {
  const [query, mutation] = [schema.getQueryType(), schema.getMutationType()];
  if (query)
    query.description =
      'Reads data. A field that is refused is null, with an error in `errors`; if every field is refused, the response has no data.';
  if (mutation)
    mutation.description =
      'Changes data, one field after the other. If one field is refused by its rule, none runs. A failure that the caller can expect is a member of the result union.';
};

/**
 * type-graphql adds the fields that a resolver declares to the metadata of the type's class. Another schema of the same
 * process, without that resolver, would have them too. Without `fields`, type-graphql collects them from the decorators again.
 */
const forgetAddedFields = (): void => {
  const { objectTypes, interfaceTypes } = getMetadataStorage();
  for (const type of [...objectTypes, ...interfaceTypes]) delete type.fields;
};

const ownFieldsOf = ({ resolvers, declarations }: SchemaPart): IsOwnField => {
  const { queries, mutations, subscriptions, fields, objectTypes } = getMetadataStorage();
  const resolverClasses = resolvers.flatMap(classChainOf);
  const roots = { Query: queries, Mutation: mutations, Subscription: subscriptions };
  const names = new Set(
    Object.entries(roots).flatMap(([type, handlers]) =>
      handlers
        .filter(({ target }) => resolverClasses.includes(target))
        .map(({ schemaName }) => `${type}.${schemaName}`),
    ),
  );
  for (const [declared, { name: type }] of declarations) {
    if (typeof declared !== 'function') continue;
    const interfaces = objectTypes.find(({ target }) => target === declared)?.interfaceClasses ?? [];
    const classes = [declared, ...interfaces].flatMap(classChainOf);
    for (const { target, schemaName } of fields) if (classes.includes(target)) names.add(`${type}.${schemaName}`);
  }
  return (type, field) => names.has(`${type}.${field}`);
};
