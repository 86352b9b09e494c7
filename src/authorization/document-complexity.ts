import {
  BREAK,
  Kind,
  visit,
  type ASTNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import {
  MAX_DEPTH,
  MAX_INTROSPECTED_LISTS,
  MAX_REPEATS,
  MAX_SELECTIONS,
  MAX_SELECTIONS_OF_ALL,
} from '../values/policy.js';

/** The number of nodes of each kind that a document may contain. A client that sends all its operations at once stays far below. */
const MAX_NODES: Readonly<Partial<Record<Kind, number>>> = {
  [Kind.DIRECTIVE]: 200,
  [Kind.VARIABLE_DEFINITION]: 200,
  [Kind.OPERATION_DEFINITION]: 100,
  [Kind.FRAGMENT_DEFINITION]: 200,
};

const introspectedLists: ReadonlySet<string> = new Set([
  'types',
  'directives',
  'fields',
  'inputFields',
  'enumValues',
  'interfaces',
  'possibleTypes',
  'args',
]);

/**
 * Tells whether a document would cost more to validate or to execute than its size suggests. Validation compares selections
 * in pairs, follows each operation through all of its fragments and prints everything that it rejects. Everything whose cost
 * multiplies is therefore counted first, in time that is linear in the size of the document.
 */
export const isDocumentTooComplex = (document: DocumentNode): boolean =>
  hasTooManyNodes(document) || hasTooManySelections(document);

const hasTooManyNodes = (document: DocumentNode): boolean => {
  const counts = new Map<Kind, number>();
  let depth = 0;
  let isExceeded = false;
  visit(document, {
    enter: ({ kind }: ASTNode) => {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      depth += 1;
      isExceeded = depth > MAX_DEPTH || count > (MAX_NODES[kind] ?? Infinity);
      return isExceeded ? BREAK : undefined;
    },
    leave: () => {
      depth -= 1;
    },
  });
  return isExceeded;
};

/** A place in the response, and what is selected there. */
interface Place {
  count: number;
  spreads: number;
  readonly below: Map<string, Place>;
}

const newPlace = (): Place => ({ count: 0, spreads: 0, below: new Map() });

const hasTooManySelections = ({ definitions }: DocumentNode): boolean => {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const spread = new Set<string>();
  let documentSelections = 0;
  let operationSelections = 0;
  let lists = 0;

  // `path` contains the fragments that lead here. Validation rejects a fragment that contains itself.
  const isWithinLimits = (
    { selections }: SelectionSetNode,
    place: Place,
    path: readonly string[],
    isIntrospecting: boolean,
  ): boolean =>
    selections.every((node) => {
      operationSelections += 1;
      documentSelections += 1;
      if (operationSelections > MAX_SELECTIONS || documentSelections > MAX_SELECTIONS_OF_ALL) return false;
      if (node.kind === Kind.INLINE_FRAGMENT) return isWithinLimits(node.selectionSet, place, path, isIntrospecting);
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        const name = node.name.value;
        const fragment = fragments.get(name);
        spread.add(name);
        place.spreads += 1;
        if (place.spreads > MAX_REPEATS) return false;
        return (
          !fragment ||
          path.includes(name) ||
          isWithinLimits(fragment.selectionSet, place, [...path, name], isIntrospecting)
        );
      }
      const name = (node.alias ?? node.name).value;
      const next = place.below.get(name) ?? newPlace();
      place.below.set(name, next);
      next.count += 1;
      if (isIntrospecting && introspectedLists.has(node.name.value)) lists += 1;
      if (next.count > MAX_REPEATS || lists > MAX_INTROSPECTED_LISTS) return false;
      const isBelow = isIntrospecting || /^__(?:schema|type)$/.test(node.name.value);
      return !node.selectionSet || isWithinLimits(node.selectionSet, next, path, isBelow);
    });

  const isEachWithinLimits = (kind: Kind.OPERATION_DEFINITION | Kind.FRAGMENT_DEFINITION): boolean =>
    definitions.every((definition) => {
      operationSelections = 0;
      if (definition.kind !== kind) return true;
      // A fragment that an operation spreads is counted there. An unused fragment is validated too.
      if (definition.kind === Kind.FRAGMENT_DEFINITION && spread.has(definition.name.value)) return true;
      return isWithinLimits(definition.selectionSet, newPlace(), [], false);
    });
  return !isEachWithinLimits(Kind.OPERATION_DEFINITION) || !isEachWithinLimits(Kind.FRAGMENT_DEFINITION);
};
