import {
  BREAK,
  Kind,
  visit,
  type ASTNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** How many nodes of a kind a document may have. A client that sends all its operations at once stays far below. */
const MAX_NODES: Readonly<Partial<Record<Kind, number>>> = {
  [Kind.DIRECTIVE]: 200,
  [Kind.VARIABLE_DEFINITION]: 200,
  [Kind.OPERATION_DEFINITION]: 100,
  [Kind.FRAGMENT_DEFINITION]: 200,
};

/** How many nodes may be inside one another. The introspection query has 36; a nested field costs two. */
const MAX_DEPTH = 120;

/** How many fields, spreads and inline fragments one operation may select, with its fragments expanded. */
const MAX_SELECTIONS = 500;

/** The same for a whole document, because all of its operations are validated. */
const MAX_SELECTIONS_OF_ALL = 1000;

/** How often a response name may be selected at one place, and how many fragments spread: validation compares all pairs. */
const MAX_REPEATS = 100;

/** How many lists of the schema one document may select. The introspection query selects nine. */
const MAX_INTROSPECTED_LISTS = 30;

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
 * Whether a document would cost more to validate or to answer than its size suggests. Validation compares selections in
 * pairs, walks each operation through all of its fragments, and prints what it rejects, so everything that multiplies
 * is counted first, in time that is linear in the document.
 */
export const isTooComplex = (document: DocumentNode): boolean =>
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

/** A place in the response, with everything that is selected there. */
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
  let ofAll = 0;
  let ofOne = 0;
  let lists = 0;

  // `path` holds the fragments that lead here. Validation rejects one that leads to itself.
  const isWithin = (
    { selections }: SelectionSetNode,
    place: Place,
    path: readonly string[],
    isIntrospecting: boolean,
  ): boolean =>
    selections.every((node) => {
      ofOne += 1;
      ofAll += 1;
      if (ofOne > MAX_SELECTIONS || ofAll > MAX_SELECTIONS_OF_ALL) return false;
      if (node.kind === Kind.INLINE_FRAGMENT) return isWithin(node.selectionSet, place, path, isIntrospecting);
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        const name = node.name.value;
        const fragment = fragments.get(name);
        spread.add(name);
        place.spreads += 1;
        if (place.spreads > MAX_REPEATS) return false;
        return (
          !fragment || path.includes(name) || isWithin(fragment.selectionSet, place, [...path, name], isIntrospecting)
        );
      }
      const name = (node.alias ?? node.name).value;
      const next = place.below.get(name) ?? newPlace();
      place.below.set(name, next);
      next.count += 1;
      if (isIntrospecting && introspectedLists.has(node.name.value)) lists += 1;
      if (next.count > MAX_REPEATS || lists > MAX_INTROSPECTED_LISTS) return false;
      const isBelow = isIntrospecting || /^__(?:schema|type)$/.test(node.name.value);
      return !node.selectionSet || isWithin(node.selectionSet, next, path, isBelow);
    });

  const isEachWithin = (kind: Kind.OPERATION_DEFINITION | Kind.FRAGMENT_DEFINITION): boolean =>
    definitions.every((definition) => {
      ofOne = 0;
      if (definition.kind !== kind) return true;
      // A fragment that an operation spreads is counted there; an unused one is validated too.
      if (definition.kind === Kind.FRAGMENT_DEFINITION && spread.has(definition.name.value)) return true;
      return isWithin(definition.selectionSet, newPlace(), [], false);
    });
  return !isEachWithin(Kind.OPERATION_DEFINITION) || !isEachWithin(Kind.FRAGMENT_DEFINITION);
};
