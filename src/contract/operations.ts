import {
  getDirectiveValues,
  getVariableValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

import { GatehouseError } from '../errors.js';
import { refusal, type Principal, type Rule } from './rule.js';
import { ruleOf } from './schema-rules.js';

/** One after the other, each may cost a password hash: a hundred aliases of `login` would be a hundred guesses in one request. */
const MAX_MUTATION_FIELDS = 10;
/** They run at once and share the connections to the database with everybody else. */
const MAX_QUERY_FIELDS = 30;

/** An operation as it was asked for. */
export interface RequestedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The root fields that an operation would run, each once a response key, with @skip and @include taken into account. */
export const rootFields = (schema: GraphQLSchema, requested: RequestedOperation): FieldNode[] => {
  const { document, operation, variables } = requested;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  const fragments = new Map(
    document.definitions
      .filter((definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const fields = new Map<string, FieldNode>();
  const visited = new Set<string>();

  const isIncluded = (node: SelectionNode): boolean => {
    // Variables that do not coerce end the operation before anything runs; until then every field counts as asked for.
    if (!coerced) return true;
    if (getDirectiveValues(GraphQLSkipDirective, node, coerced)?.['if'] === true) return false;
    return getDirectiveValues(GraphQLIncludeDirective, node, coerced)?.['if'] !== false;
  };
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const node of selections) {
      if (!isIncluded(node)) continue;
      if (node.kind === Kind.FIELD) {
        const key = node.alias?.value ?? node.name.value;
        if (!fields.has(key)) fields.set(key, node);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        collect(node.selectionSet);
      } else if (!visited.has(node.name.value)) {
        visited.add(node.name.value);
        const fragment = fragments.get(node.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  };
  collect(operation.selectionSet);
  return [...fields.values()];
};

/**
 * Decides before anything runs whether an operation as a whole is refused, so that the HTTP status tells the truth and
 * a mutation never stops half-way.
 *
 * - A credential that cannot be used is refused as soon as one protected root field is asked for: its client should
 *   refresh, not read a partial answer.
 * - A mutation is refused if any of its root fields is.
 * - A query is refused if all of its root fields are; otherwise the open ones answer.
 *
 * `__typename` and introspection count neither as open nor as protected. Too many root fields are refused whoever asks.
 */
export const refusedBeforehand = (
  schema: GraphQLSchema,
  requested: RequestedOperation,
  principal: Principal,
): GatehouseError | undefined => {
  const rootType = schema.getRootType(requested.operation.operation);
  const fields = rootFields(schema, requested);
  const isMutation = requested.operation.operation === OperationTypeNode.MUTATION;
  if (fields.length > (isMutation ? MAX_MUTATION_FIELDS : MAX_QUERY_FIELDS))
    return new GatehouseError('QUERY_TOO_COMPLEX');
  const rules = fields
    .map((node) => rootType?.getFields()[node.name.value])
    .filter((field) => field !== undefined)
    .map((field): Rule | undefined => ruleOf(field));
  const refusals = rules.map((rule) => refusal(rule, principal)).filter((error) => error !== undefined);
  const [first] = refusals;
  if (!first) return undefined;

  const unusable = principal.kind === 'anonymous' && principal.reason !== 'MISSING';
  const all = refusals.length === rules.length;
  return unusable || isMutation || all ? first : undefined;
};
