import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  valueFromAST,
  Kind,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';

import { ASSUMED_LIST_SIZE } from '../values/policy.js';
import { isIntrospectionField } from './document-complexity.js';
import { fragmentsOf, isIncluded, type RequestedOperation } from './selected-fields.js';

/** The arguments of Relay that state the size of a page. */
const sizeArguments = ['first', 'last'] as const;

/** Where the cost of a selection is counted. */
interface Place {
  readonly type: GraphQLNamedType | undefined;
  /** The number of elements in a list that is selected here. */
  readonly listSize: number;
  readonly isIntrospecting: boolean;
}

/**
 * Returns the cost of an operation: the number of fields that its response can contain. What is below a list counts once for
 * each element. The size of a list is the `first` or `last` of the list or of the connection to which it belongs; without
 * one, it counts as ASSUMED_LIST_SIZE elements.
 *
 * Fragments are expanded, and both sides of a type condition are counted, because the result decides which of them run. The
 * lists of an introspection do not multiply: the schema bounds them, and the document check bounds their number.
 *
 * The time is linear in the selections of the operation, whose number is limited after expansion of the fragments. A cost
 * beyond the largest safe integer stays that integer.
 *
 * @param requested an operation of a document that has passed the document check
 */
export const costOfOperation = (schema: GraphQLSchema, requested: RequestedOperation): number => {
  const fragments = fragmentsOf(requested);

  const costOfField = (node: FieldNode, place: Place): number => {
    if (!node.selectionSet) return 1;
    const { type } = place;
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
    const isIntrospecting = place.isIntrospecting || isIntrospectionField(node.name.value);
    const size = field && requestedSize(field, node, requested.variables);
    const isList = !isIntrospecting && field !== undefined && isListType(getNullableType(field.type));
    const below = costOfSelections(node.selectionSet, {
      type: field && getNamedType(field.type),
      listSize: isList ? ASSUMED_LIST_SIZE : (size ?? ASSUMED_LIST_SIZE),
      isIntrospecting,
    });
    return Math.min(1 + (isList ? (size ?? place.listSize) : 1) * below, Number.MAX_SAFE_INTEGER);
  };

  const costOfSelections = ({ selections }: SelectionSetNode, place: Place): number => {
    let cost = 0;
    for (const node of selections) {
      if (!isIncluded(node, requested)) continue;
      if (node.kind === Kind.FIELD) {
        cost += costOfField(node, place);
      } else {
        const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
        const condition = fragment?.typeCondition;
        const type = condition ? schema.getType(condition.name.value) : place.type;
        if (fragment) cost += costOfSelections(fragment.selectionSet, { ...place, type });
      }
    }
    return Math.min(cost, Number.MAX_SAFE_INTEGER);
  };

  const { operation } = requested;
  return costOfSelections(operation.selectionSet, {
    type: schema.getRootType(operation.operation) ?? undefined,
    listSize: ASSUMED_LIST_SIZE,
    isIntrospecting: false,
  });
};

/** The size that a field states for its list or connection; undefined if it has no such argument. */
const requestedSize = (
  field: GraphQLField<unknown, unknown>,
  { arguments: given = [] }: FieldNode,
  variables: RequestedOperation['variables'],
): number | undefined => {
  const definitions = field.args.filter(({ name }) => sizeArguments.some((argument) => argument === name));
  const sizes = definitions.map(({ name, type, defaultValue }) => {
    const node = given.find((argument) => argument.name.value === name);
    const value = node && valueFromAST(node.value, type, variables);
    return value === undefined ? defaultValue : value;
  });
  const stated = sizes.filter((size) => typeof size === 'number');
  // A field that has both is refused by its resolver, or by nobody. A negative size is refused, or means no element.
  return stated.length === 0 ? undefined : Math.max(0, ...stated);
};
