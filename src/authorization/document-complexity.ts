import {
  Kind,
  visit,
  type ASTNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

import type { GatehouseError } from '../errors.js';
import { documentLimits, tooComplex } from './document-limits.js';

type LimitName = keyof typeof documentLimits;

/** The limits on the number of nodes of one kind. */
const nodeLimits: Readonly<Partial<Record<Kind, LimitName>>> = {
  [Kind.DIRECTIVE]: 'directives',
  [Kind.VARIABLE_DEFINITION]: 'variables',
  [Kind.OPERATION_DEFINITION]: 'operations',
  [Kind.FRAGMENT_DEFINITION]: 'fragments',
};

/** The kinds of nodes that contain values or types of their own kind. */
const nestedKinds: ReadonlySet<Kind> = new Set([Kind.LIST, Kind.OBJECT, Kind.LIST_TYPE]);

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
 * Returns the error of a document that would cost more to validate or to execute than its size suggests. Validation compares
 * selections in pairs, follows each operation through all of its fragments and prints everything that it rejects. Everything
 * whose cost multiplies is therefore counted first, in time that is linear in the size of the document.
 */
export const complexityErrorOf = (document: DocumentNode): GatehouseError | undefined => {
  const counts = countNodes(document);
  for (const [name, count] of Object.entries(counts) as [LimitName, number][])
    if (count > documentLimits[name].max) return tooComplex(documentLimits[name], count);
  const exceeded = exceededSelectionLimit(document);
  return exceeded && tooComplex(documentLimits[exceeded]);
};

const countNodes = (document: DocumentNode): Partial<Record<LimitName, number>> => {
  const counts: Partial<Record<LimitName, number>> = {};
  const count = (name: LimitName) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  const reach = (name: LimitName, depth: number) => {
    counts[name] = Math.max(counts[name] ?? 0, depth);
  };
  let depth = 0;
  let literalDepth = 0;
  visit(document, {
    enter: (node: ASTNode) => {
      reach('depth', (depth += 1));
      if (nestedKinds.has(node.kind)) reach('literalDepth', (literalDepth += 1));
      const name = nodeLimits[node.kind];
      if (name) count(name);
      if (node.kind === Kind.FIELD && node.alias) count('aliases');
    },
    leave: ({ kind }: ASTNode) => {
      depth -= 1;
      if (nestedKinds.has(kind)) literalDepth -= 1;
    },
  });
  return counts;
};

/** A place in the response, and what is selected there. */
interface Place {
  count: number;
  spreads: number;
  readonly below: Map<string, Place>;
}

const newPlace = (): Place => ({ count: 0, spreads: 0, below: new Map() });

const exceededSelectionLimit = ({ definitions }: DocumentNode): LimitName | undefined => {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const spread = new Set<string>();
  let documentSelections = 0;
  let operationSelections = 0;
  let lists = 0;

  // `path` contains the fragments that lead here. Validation rejects a fragment that contains itself.
  const exceededBelow = (
    { selections }: SelectionSetNode,
    place: Place,
    path: readonly string[],
    isIntrospecting: boolean,
  ): LimitName | undefined => {
    for (const node of selections) {
      operationSelections += 1;
      documentSelections += 1;
      if (operationSelections > documentLimits.selections.max) return 'selections';
      if (documentSelections > documentLimits.selectionsOfAll.max) return 'selectionsOfAll';
      let exceeded: LimitName | undefined;
      if (node.kind === Kind.INLINE_FRAGMENT) {
        exceeded = exceededBelow(node.selectionSet, place, path, isIntrospecting);
      } else if (node.kind === Kind.FRAGMENT_SPREAD) {
        const name = node.name.value;
        spread.add(name);
        place.spreads += 1;
        if (place.spreads > documentLimits.spreads.max) return 'spreads';
        const fragment = path.includes(name) ? undefined : fragments.get(name);
        exceeded = fragment && exceededBelow(fragment.selectionSet, place, [...path, name], isIntrospecting);
      } else {
        const name = (node.alias ?? node.name).value;
        const next = place.below.get(name) ?? newPlace();
        place.below.set(name, next);
        next.count += 1;
        if (next.count > documentLimits.repeats.max) return 'repeats';
        if (isIntrospecting && introspectedLists.has(node.name.value)) lists += 1;
        if (lists > documentLimits.introspectedLists.max) return 'introspectedLists';
        const isBelow = isIntrospecting || isIntrospectionField(node.name.value);
        exceeded = node.selectionSet && exceededBelow(node.selectionSet, next, path, isBelow);
      }
      if (exceeded) return exceeded;
    }
    return undefined;
  };

  const exceededIn = (kind: Kind.OPERATION_DEFINITION | Kind.FRAGMENT_DEFINITION): LimitName | undefined => {
    for (const definition of definitions) {
      operationSelections = 0;
      if (definition.kind !== kind) continue;
      // A fragment that an operation spreads is counted there. An unused fragment is validated too.
      if (definition.kind === Kind.FRAGMENT_DEFINITION && spread.has(definition.name.value)) continue;
      const exceeded = exceededBelow(definition.selectionSet, newPlace(), [], false);
      if (exceeded) return exceeded;
    }
    return undefined;
  };
  return exceededIn(Kind.OPERATION_DEFINITION) ?? exceededIn(Kind.FRAGMENT_DEFINITION);
};

/** Tells whether a field of the query type reads the schema. */
export const isIntrospectionField = (name: string): boolean => name === '__schema' || name === '__type';
