import {
  DirectiveLocation,
  GraphQLDirective,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
  isObjectType,
  Kind,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
  type ConstDirectiveNode,
  type FieldDefinitionNode,
  type GraphQLEnumType,
  type GraphQLSchema,
} from 'graphql';

import type { Rule } from './rule.js';
import { ruleOf } from './schema-rules.js';

/** Creates the directives by which the printed schema states its rules. */
export const ruleDirectives = (role: GraphQLEnumType): GraphQLDirective[] => [
  new GraphQLDirective({
    name: 'authenticated',
    description: 'The field answers only to a logged-in user.',
    locations: [DirectiveLocation.FIELD_DEFINITION],
  }),
  new GraphQLDirective({
    name: 'requiresRoles',
    description: 'The field answers only to a user who has one of these roles.',
    locations: [DirectiveLocation.FIELD_DEFINITION],
    args: {
      roles: {
        type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(role))),
        description: 'One of them is enough.',
      },
    },
  }),
  new GraphQLDirective({
    name: 'public',
    description: 'The field answers to everybody.',
    locations: [DirectiveLocation.FIELD_DEFINITION],
    args: { reason: { type: new GraphQLNonNull(GraphQLString), description: 'Why it is open.' } },
  }),
];

/** Prints a schema in alphabetical order, with the enforced rule on each field. */
export const printSchemaWithRules = (schema: GraphQLSchema): string => {
  const sorted = lexicographicSortSchema(schema);
  const document = parse(printSchema(sorted));
  const annotated = visit(document, {
    ObjectTypeDefinition: (node) => {
      const type = schema.getType(node.name.value);
      const fields = isObjectType(type) ? type.getFields() : {};
      const annotate = (field: FieldDefinitionNode): FieldDefinitionNode => {
        const definition = fields[field.name.value];
        const rule = definition && ruleOf(definition);
        return rule ? { ...field, directives: [...(field.directives ?? []), directiveOf(rule)] } : field;
      };
      return { ...node, fields: node.fields?.map(annotate) ?? [] };
    },
  });
  return `${print(annotated)}\n`;
};

const directiveOf = (rule: Rule): ConstDirectiveNode => {
  switch (rule.kind) {
    case 'public':
      return directive('public', 'reason', { kind: Kind.STRING, value: rule.reason });
    case 'authenticated':
      return { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: 'authenticated' } };
    case 'roles':
      return directive('requiresRoles', 'roles', {
        kind: Kind.LIST,
        values: rule.roles.map((role) => ({ kind: Kind.ENUM, value: role })),
      });
  }
};

type Argument = NonNullable<ConstDirectiveNode['arguments']>[number];

const directive = (name: string, argument: string, value: Argument['value']): ConstDirectiveNode => ({
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: name },
  arguments: [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: argument }, value }],
});
