import {
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
} from 'graphql';

/** The shortest selection of a field that fits its schema: required arguments with made-up values, and `__typename`. */
export const minimalSelection = (field: GraphQLField<unknown, unknown>): string => {
  const selection = isCompositeType(getNamedType(field.type)) ? ' { __typename }' : '';
  const given = required(field.args);
  return `${field.name}${given ? `(${given})` : ''}${selection}`;
};

const required = (inputs: readonly (GraphQLArgument | GraphQLInputField)[]): string =>
  inputs
    .filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined)
    .map(({ name, type }) => `${name}: ${literal(type)}`)
    .join(', ');

const literal = (type: GraphQLInputType): string => {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return '[]';
  if (isInputObjectType(type)) return `{ ${required(Object.values(type.getFields()))} }`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  return type.name === 'Boolean' ? 'true' : type.name === 'String' || type.name === 'ID' ? '"x"' : '1';
};
