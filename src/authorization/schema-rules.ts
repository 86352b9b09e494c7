import { isObjectType, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { getMetadataStorage } from 'type-graphql';

import { foldRules, lineage, type Member, type Rule, type Target } from './rule.js';

const RULE = 'gatehouse.rule';

type Field = GraphQLField<unknown, unknown>;

/** The one effective rule of a field; `undefined` for a field that inherits the rule of the path that leads to it. */
export const ruleOf = (field: Field): Rule | undefined => field.extensions[RULE] as Rule | undefined;

/**
 * Gives each field of a schema its rule, taken from the decorators on it, on its classes and on those they extend, and
 * says it in the description, because introspection does not carry applied directives.
 *
 * @param resolvers the classes that the schema was built from
 * @throws Error naming every root field that states no rule: what is not decided is not open, it is unfinished
 */
export const applyRules = (schema: GraphQLSchema, resolvers: readonly Target[]): void => {
  const undecided = [
    ...applyRootRules(schema.getQueryType(), getMetadataStorage().queries, resolvers),
    ...applyRootRules(schema.getMutationType(), getMetadataStorage().mutations, resolvers),
    ...applyRootRules(schema.getSubscriptionType(), getMetadataStorage().subscriptions, resolvers),
  ];
  if (undecided.length > 0) {
    throw new Error(`State @Authorized() or @Public("reason") on: ${undecided.join(', ')}.`);
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type)) applyFieldRules(type, resolvers);
  }
};

/** A method that answers a root field, as type-graphql keeps it. */
interface Handler {
  readonly schemaName: string;
  readonly methodName: string;
  readonly target: object;
}

/** Answers the root fields that state no rule. */
const applyRootRules = (
  type: GraphQLObjectType | null | undefined,
  handlers: readonly Handler[],
  resolvers: readonly Target[],
): string[] =>
  Object.values(type?.getFields() ?? {}).flatMap((field) => {
    const name = `${String(type)}.${field.name}`;
    const named = handlers.filter(({ schemaName }) => schemaName === field.name);
    const answering = resolvers.filter((resolver) => named.some(({ target }) => lineage(resolver).includes(target)));
    const [resolver, second] = answering;
    if (!resolver) return [name];
    // type-graphql lets the last one answer, without a word; it may be an open one that hides a protected one.
    if (second) throw new Error(`${name} is answered twice, by ${resolver.name} and by ${second.name}.`);

    const classes = lineage(resolver);
    const members = named
      .filter(({ target }) => classes.includes(target))
      .map(({ target, methodName }): Member => ({ target, name: methodName }));
    const place = `${name} (${resolver.name}.${members[0]?.name ?? field.name})`;
    const rule = foldRules(place, members, classes);
    if (!rule) return [place];
    state(field, rule);
    return [];
  });

const applyFieldRules = (type: GraphQLObjectType, resolvers: readonly Target[]): void => {
  const { objectTypes, interfaceTypes, fields, fieldResolvers } = getMetadataStorage();
  const objects = objectTypes.filter(({ name }) => name === type.name);
  const interfaces = interfaceTypes.filter(({ target }) =>
    objects.some(({ interfaceClasses }) => interfaceClasses?.includes(target)),
  );
  const classes = [...objects, ...interfaces].flatMap(({ target }) => lineage(target));

  for (const field of Object.values(type.getFields())) {
    const declared = fields
      .filter(({ schemaName, target }) => schemaName === field.name && classes.includes(target))
      .map(({ name, target }): Member => ({ name, target }));
    const resolved = fieldResolvers.filter(
      (resolver) =>
        (resolver.schemaName === field.name || declared.some(({ name }) => name === resolver.methodName)) &&
        (resolver.kind === 'internal' || resolvers.some((it) => lineage(it).includes(resolver.target))) &&
        classes.includes(resolver.getObjectType?.() ?? resolver.target),
    );
    const members = resolved.map(({ methodName, target }): Member => ({ name: methodName, target }));
    const holders = [...classes, ...members.flatMap(({ target }) => lineage(target))];
    const rule = foldRules(`${type.name}.${field.name}`, [...declared, ...members], holders);
    if (rule?.kind === 'public') throw new Error(`${type.name}.${field.name}: only a root field can be @Public.`);
    if (rule) state(field, rule);
  }
};

const state = (field: Field, rule: Rule): void => {
  field.extensions = { ...field.extensions, [RULE]: rule };
  const requirement = describe(rule);
  if (requirement) field.description = `${field.description ?? ''} Requires: ${requirement}.`.trim();
};

const describe = (rule: Rule): string | undefined => {
  switch (rule.kind) {
    case 'public':
      return undefined;
    case 'authenticated':
      return 'a logged-in user';
    case 'roles':
      return `role ${rule.roles.join(' or ')}`;
  }
};
