import {
  getDirectiveValues,
  getNamedType,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isObjectType,
  isInterfaceType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** An operation of a document that is valid for the schema. Its variables are coerced. */
export interface RequestedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Returns the root fields that an operation would run, grouped by response name, after applying @skip and @include. */
export const rootFieldsOf = (requested: RequestedOperation): FieldNode[][] => {
  const fragments = fragmentsOf(requested);
  const fields = new Map<string, FieldNode[]>();
  const visited = new Set<string>();

  const collect = ({ selections }: SelectionSetNode): void => {
    for (const node of selections) {
      if (!isIncluded(node, requested)) continue;
      if (node.kind === Kind.FIELD) {
        const key = (node.alias ?? node.name).value;
        fields.set(key, [...(fields.get(key) ?? []), node]);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        collect(node.selectionSet);
      } else if (!visited.has(node.name.value)) {
        visited.add(node.name.value);
        const fragment = fragments.get(node.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  };
  collect(requested.operation.selectionSet);
  return [...fields.values()];
};

/**
 * Returns the fields of object types that an operation selects below some of its root fields, after applying @skip and
 * @include. Which of them run depends on the results. Each fragment is read once, so the time is linear in the document.
 */
export const fieldsBelow = (
  schema: GraphQLSchema,
  requested: RequestedOperation,
  roots: readonly FieldNode[],
): ReadonlySet<GraphQLField<unknown, unknown>> => {
  const fragments = fragmentsOf(requested);
  const found = new Set<GraphQLField<unknown, unknown>>();
  const visited = new Set<string>();

  const descend = (node: FieldNode, type: GraphQLNamedType | undefined) => {
    // `__typename` is a field of every type, and of none of these lists.
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
    if (field && node.selectionSet) collect(node.selectionSet, getNamedType(field.type));
    return field;
  };
  const collect = ({ selections }: SelectionSetNode, type: GraphQLNamedType | undefined): void => {
    for (const node of selections) {
      if (!isIncluded(node, requested)) continue;
      if (node.kind === Kind.FIELD) {
        const field = descend(node, type);
        if (field && isObjectType(type)) found.add(field);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        collect(node.selectionSet, node.typeCondition ? schema.getType(node.typeCondition.name.value) : type);
      } else if (!visited.has(node.name.value)) {
        visited.add(node.name.value);
        const fragment = fragments.get(node.name.value);
        if (fragment) collect(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
      }
    }
  };
  const rootType = schema.getRootType(requested.operation.operation) ?? undefined;
  for (const root of roots) descend(root, rootType);
  return found;
};

/** Returns the fragments of the document by their names. */
export const fragmentsOf = ({
  document,
}: Pick<RequestedOperation, 'document'>): ReadonlyMap<string, FragmentDefinitionNode> =>
  new Map(
    document.definitions
      .filter((definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );

/** Tells whether @skip and @include leave a selection in the operation. */
export const isIncluded = (node: SelectionNode, { variables }: Pick<RequestedOperation, 'variables'>): boolean =>
  getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] !== true &&
  getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false;
