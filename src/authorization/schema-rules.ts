import {
  isInterfaceType,
  isObjectType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { getMetadataStorage } from 'type-graphql';

import { OperatorError } from '../errors.js';
import { allOf, classChainOf, combineRules, type Member, type Rule, type Target } from './rule.js';

const RULE = 'gatehouse.rule';

type Field = GraphQLField<unknown, unknown>;

/** Returns the effective rule of a field; undefined for a nested field, which the rule of its root field protects. */
export const ruleOf = (field: Field): Rule | undefined => field.extensions[RULE] as Rule | undefined;

/**
 * Stores the rule of each field in the schema. The rule comes from the decorators of the field, of its classes and of the
 * classes that they extend. It is added to the description, because introspection does not show applied directives.
 *
 * @param resolvers the classes that the schema was built from
 * @throws OperatorError that names every root field without a rule, or one field whose rules contradict each other
 */
export const applyRules = (schema: GraphQLSchema, resolvers: readonly Target[]): void => {
  const fieldsWithoutRule = [
    ...applyRootRules(schema.getQueryType(), getMetadataStorage().queries, resolvers),
    ...applyRootRules(schema.getMutationType(), getMetadataStorage().mutations, resolvers),
    ...applyRootRules(schema.getSubscriptionType(), getMetadataStorage().subscriptions, resolvers),
  ];
  if (fieldsWithoutRule.length > 0) {
    throw new OperatorError(
      `These root fields have no rule. Add @Authorized() or @Public("reason") to each: ${fieldsWithoutRule.join(', ')}.`,
    );
  }
  const types = Object.values(schema.getTypeMap());
  for (const type of types.filter(isObjectType)) applyFieldRules(type, resolvers);
  for (const type of types.filter(isInterfaceType)) applyInterfaceRules(type, schema);
};

/** The metadata of type-graphql about a method that resolves a root field. */
interface Handler {
  readonly schemaName: string;
  readonly methodName: string;
  readonly target: object;
}

/** Stores the rules of the root fields of a type, and returns the names of the fields that state none. */
const applyRootRules = (
  type: GraphQLObjectType | null | undefined,
  handlers: readonly Handler[],
  resolvers: readonly Target[],
): string[] =>
  Object.values(type?.getFields() ?? {}).flatMap((field) => {
    const name = `${String(type)}.${field.name}`;
    const named = handlers.filter(({ schemaName }) => schemaName === field.name);
    const answering = resolvers.filter((resolver) =>
      named.some(({ target }) => classChainOf(resolver).includes(target)),
    );
    const [resolver, second] = answering;
    if (!resolver) return [name];
    // type-graphql silently uses the last of the two, and a public field could replace a protected one.
    if (second) {
      throw new OperatorError(
        `${name} is defined twice, in ${resolver.name} and in ${second.name}. Rename one of them.`,
      );
    }

    const classes = classChainOf(resolver);
    const members = named
      .filter(({ target }) => classes.includes(target))
      .map(({ target, methodName }): Member => ({ target, name: methodName }));
    const place = `${name} (${resolver.name}.${members[0]?.name ?? field.name})`;
    const rule = combineRules(place, members, classes);
    if (!rule) return [place];
    storeRule(field, rule);
    return [];
  });

const applyFieldRules = (type: GraphQLObjectType, resolvers: readonly Target[]): void => {
  const { objectTypes, interfaceTypes, fields, fieldResolvers } = getMetadataStorage();
  const objects = objectTypes.filter(({ name }) => name === type.name);
  const interfaces = interfaceTypes.filter(({ target }) =>
    objects.some(({ interfaceClasses }) => interfaceClasses?.includes(target)),
  );
  const classes = [...objects, ...interfaces].flatMap(({ target }) => classChainOf(target));

  for (const field of Object.values(type.getFields())) {
    const declared = fields
      .filter(({ schemaName, target }) => schemaName === field.name && classes.includes(target))
      .map(({ name, target }): Member => ({ name, target }));
    const resolved = fieldResolvers.filter(
      (resolver) =>
        (resolver.schemaName === field.name || declared.some(({ name }) => name === resolver.methodName)) &&
        (resolver.kind === 'internal' || resolvers.some((it) => classChainOf(it).includes(resolver.target))) &&
        classes.includes(resolver.getObjectType?.() ?? resolver.target),
    );
    const members = resolved.map(({ methodName, target }): Member => ({ name: methodName, target }));
    const holders = [...classes, ...members.flatMap(({ target }) => classChainOf(target))];
    const place = `${type.name}.${field.name}${methodOf(members[0] ?? declared[0])}`;
    const rule = combineRules(place, [...declared, ...members], holders);
    if (rule?.kind === 'public') throw new OperatorError(`${place}: only a root field can be @Public.`);
    if (rule) storeRule(field, rule);
  }
};

const methodOf = (member: Member | undefined): string =>
  member ? ` (${(member.target as Target).name}.${member.name})` : '';

/**
 * Stores the rule of each field of an interface: all rules that its implementations have on the field. We enforce only that
 * of the object that is returned. A gateway cannot know which one that will be, and must not admit a caller whom we reject.
 */
const applyInterfaceRules = (type: GraphQLInterfaceType, schema: GraphQLSchema): void => {
  for (const field of Object.values(type.getFields())) {
    const rules = schema
      .getImplementations(type)
      .objects.map((object) => object.getFields()[field.name])
      .map((implementation) => implementation && ruleOf(implementation))
      .filter((rule) => rule !== undefined)
      .filter((rule) => rule.kind !== 'public');
    const rule = allOf(rules);
    if (rule) storeRule(field, rule);
  }
};

const storeRule = (field: Field, rule: Rule): void => {
  field.extensions = { ...field.extensions, [RULE]: rule };
  const requirement = requirementOf(rule);
  if (requirement) field.description = `${field.description ?? ''} Requires: ${requirement}.`.trim();
};

const requirementOf = (rule: Rule): string | undefined => {
  switch (rule.kind) {
    case 'public':
      return undefined;
    case 'authenticated':
      return 'a logged-in user';
    case 'roles':
      return `role ${rule.anyOf.map((roles) => roles.join(' and ')).join(isSimple(rule.anyOf) ? ' or ' : ', or ')}`;
  }
};

const isSimple = (alternatives: readonly (readonly string[])[]) => alternatives.every(({ length }) => length === 1);
