import {
  DirectiveLocation,
  GraphQLDirective,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
  isInterfaceType,
  isObjectType,
  Kind,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
  type ConstDirectiveNode,
  type ConstListValueNode,
  type FieldDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  type InterfaceTypeDefinitionNode,
  type ObjectTypeDefinitionNode,
} from 'graphql';

import { scopeOf } from '../values/scope.js';
import { rateLimitOf } from './rate-limit.js';
import type { Rule } from './rule.js';
import { ruleOf } from './schema-rules.js';

/**
 * The directives by which the printed schema states its rules and limits. `authenticated` and `requiresScopes` have the names
 * and the meaning that GraphQL gateways enforce.
 */
export const ruleDirectives: readonly GraphQLDirective[] = [
  new GraphQLDirective({
    name: 'authenticated',
    description: 'Only a logged-in user can use the field.',
    locations: [DirectiveLocation.FIELD_DEFINITION],
  }),
  new GraphQLDirective({
    name: 'requiresScopes',
    description: 'Only a user who has certain roles can use the field.',
    locations: [DirectiveLocation.FIELD_DEFINITION],
    args: {
      scopes: {
        type: new GraphQLNonNull(
          new GraphQLList(new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(GraphQLString)))),
        ),
        description:
          'The alternatives, of which one is sufficient: lists of scopes, of which all are required. The scope of the role `ADMIN` is `role:ADMIN`.',
      },
    },
  }),
  new GraphQLDirective({
    name: 'public',
    description: 'Everybody can use the field, without a token.',
    locations: [DirectiveLocation.FIELD_DEFINITION],
    args: {
      reason: { type: new GraphQLNonNull(GraphQLString), description: 'Why the field is public.' },
    },
  }),
  new GraphQLDirective({
    name: 'rateLimited',
    description:
      'The field has a rate limit of its own, shared with the fields of the same purpose. Other fields can be limited too: every result union with `RateLimitedError` says so.',
    locations: [DirectiveLocation.FIELD_DEFINITION],
    args: {
      purpose: {
        type: new GraphQLNonNull(GraphQLString),
        description: 'What the limit protects. Fields with the same purpose share their limits.',
      },
    },
  }),
];

/** Prints a schema in a stable order, with the enforced rule and the rate limit of each field. */
export const printSchemaWithRules = (schema: GraphQLSchema): string => {
  const sorted = lexicographicSortSchema(schema);
  const document = parse(printSchema(sorted));
  const annotate = <Node extends ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode>(node: Node): Node => {
    const type = schema.getType(node.name.value);
    const definitions = isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
    const annotateField = (field: FieldDefinitionNode): FieldDefinitionNode => {
      const definition = definitions[field.name.value];
      return definition ? { ...field, directives: [...(field.directives ?? []), ...directivesOf(definition)] } : field;
    };
    return { ...node, fields: node.fields?.map(annotateField) ?? [] };
  };
  const annotated = visit(document, { ObjectTypeDefinition: annotate, InterfaceTypeDefinition: annotate });
  return `${print(annotated)}\n`;
};

const directivesOf = (field: GraphQLField<unknown, unknown>): ConstDirectiveNode[] => {
  const purpose = rateLimitOf(field);
  return [
    ...ruleDirectivesOf(ruleOf(field)),
    ...(purpose === undefined ? [] : [directive('rateLimited', { purpose: text(purpose) })]),
  ];
};

const ruleDirectivesOf = (rule: Rule | undefined): ConstDirectiveNode[] => {
  switch (rule?.kind) {
    case undefined:
      return [];
    case 'public':
      return [directive('public', { reason: text(rule.reason) })];
    case 'authenticated':
      return [directive('authenticated')];
    case 'roles': {
      const scopes = rule.anyOf.map((roles) => list(roles.map((role) => text(scopeOf([role])))));
      return [directive('authenticated'), directive('requiresScopes', { scopes: list(scopes) })];
    }
  }
};

type Value = NonNullable<ConstDirectiveNode['arguments']>[number]['value'];

const text = (value: string): Value => ({ kind: Kind.STRING, value });

const list = (values: readonly Value[]): ConstListValueNode => ({ kind: Kind.LIST, values });

const directive = (name: string, values: Readonly<Record<string, Value>> = {}): ConstDirectiveNode => ({
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: name },
  arguments: Object.entries(values).map(([argument, value]) => ({
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: argument },
    value,
  })),
});
