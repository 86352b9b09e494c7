import {
  coerceInputValue,
  getNamedType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  typeFromAST,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  type VariableDefinitionNode,
} from 'graphql';

import { containsNamesOnly, wrongTypeMessage } from './value-rule.js';

/** The first error of a value, and the path to it. Thrown to stop there, because each error costs as much as the value. */
class FirstError extends Error {
  override readonly name = 'FirstError';

  constructor(
    readonly path: readonly (string | number)[],
    message: string,
  ) {
    super(message);
  }
}

/**
 * Says which variable does not have its type, where in it, and what is expected there, in names and never by a value. Returns
 * undefined if every variable has its type. For clients that may read the schema only.
 */
export const explainVariables = (
  schema: GraphQLSchema,
  declared: readonly VariableDefinitionNode[],
  variables: Readonly<Record<string, unknown>>,
): string | undefined => {
  for (const { variable, type: node, defaultValue } of declared) {
    const name = variable.name.value;
    const type = typeFromAST(schema, node);
    if (!isInputType(type)) continue;
    if (!Object.hasOwn(variables, name)) {
      if (!defaultValue && isNonNullType(type))
        return `Variable "$${name}" of required type "${String(type)}" was not provided.`;
      continue;
    }
    const error = firstErrorOf(variables[name], type);
    if (error) return explain(name, type, error);
  }
  return undefined;
};

const firstErrorOf = (value: unknown, type: GraphQLInputType): FirstError | undefined => {
  try {
    coerceInputValue(value, type, (path, _value, { message }: GraphQLError) => {
      throw new FirstError(path, message);
    });
    return undefined;
  } catch (error) {
    if (error instanceof FirstError) return error;
    throw error;
  }
};

const explain = (name: string, type: GraphQLInputType, { path, message }: FirstError): string => {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
  const where = `Variable "$${name}${place}"`;
  return containsNamesOnly(message)
    ? `${where} is not valid. ${message}`
    : wrongTypeMessage(where, typeAt(type, path), message);
};

/** The type that is expected at a path of names and list positions. */
const typeAt = (type: GraphQLInputType, path: readonly (string | number)[]): GraphQLInputType =>
  path.reduce<GraphQLInputType>((at, key) => {
    if (typeof key === 'number') {
      const list = isNonNullType(at) ? at.ofType : at;
      return isListType(list) ? list.ofType : list;
    }
    const named = getNamedType(at);
    return (isInputObjectType(named) ? named.getFields()[key]?.type : undefined) ?? at;
  }, type);
