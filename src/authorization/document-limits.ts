import { GatehouseError } from '../errors.js';
import {
  MAX_ALIASES,
  MAX_DEPTH,
  MAX_DIRECTIVES,
  MAX_FRAGMENTS,
  MAX_INTROSPECTED_LISTS,
  MAX_LITERAL_DEPTH,
  MAX_MUTATION_FIELDS,
  MAX_OPERATIONS,
  MAX_QUERY_FIELDS,
  MAX_REPEATS,
  MAX_SELECTIONS,
  MAX_SELECTIONS_OF_ALL,
  MAX_SPREADS,
  MAX_TOKENS,
  MAX_VARIABLE_DEPTH,
  MAX_VARIABLES,
} from '../values/policy.js';

/** A limit on a document or its variables. */
export interface DocumentLimit {
  /** What is counted, for docs/errors.md. */
  readonly counted: string;
  /** What is wrong with a document that exceeds the limit. */
  readonly excess: string;
  readonly max: number;
}

/** Every limit on documents whose maximum is fixed. MAX_QUERY_COST is the one that an operator can change. */
export const documentLimits = {
  tokens: {
    counted: 'Tokens: names, values and punctuation',
    excess: 'The document has too many tokens',
    max: MAX_TOKENS,
  },
  depth: {
    counted: 'Levels of syntax. A nested field adds two: its selection set and itself',
    excess: 'The document has too many levels',
    max: MAX_DEPTH,
  },
  literalDepth: {
    counted: 'Levels of lists and objects in a literal, or of lists in a type',
    excess: 'The document has a literal or a type with too many levels',
    max: MAX_LITERAL_DEPTH,
  },
  variableDepth: {
    counted: 'Levels of lists and objects in the variables',
    excess: 'The variables have too many levels',
    max: MAX_VARIABLE_DEPTH,
  },
  aliases: { counted: 'Fields with an alias', excess: 'The document has too many aliases', max: MAX_ALIASES },
  directives: { counted: 'Directives', excess: 'The document has too many directives', max: MAX_DIRECTIVES },
  variables: { counted: 'Variable definitions', excess: 'The document has too many variables', max: MAX_VARIABLES },
  operations: { counted: 'Operations', excess: 'The document has too many operations', max: MAX_OPERATIONS },
  fragments: { counted: 'Fragment definitions', excess: 'The document has too many fragments', max: MAX_FRAGMENTS },
  selections: {
    counted: 'Fields, spreads and inline fragments of an operation, after expansion of its fragments',
    excess: 'An operation selects too much',
    max: MAX_SELECTIONS,
  },
  selectionsOfAll: {
    counted: 'The same for all operations of the document together',
    excess: 'The operations of the document select too much',
    max: MAX_SELECTIONS_OF_ALL,
  },
  repeats: {
    counted: 'Selections of one response name in one place',
    excess: 'The document repeats a field too often',
    max: MAX_REPEATS,
  },
  spreads: {
    counted: 'Fragment spreads in one place',
    excess: 'The document has too many fragment spreads in one place',
    max: MAX_SPREADS,
  },
  introspectedLists: {
    counted: 'Lists of an introspection',
    excess: 'The document selects too many lists of the schema',
    max: MAX_INTROSPECTED_LISTS,
  },
  queryFields: {
    counted: 'Root fields of a query',
    excess: 'The query has too many root fields',
    max: MAX_QUERY_FIELDS,
  },
  mutationFields: {
    counted: 'Root fields of a mutation',
    excess: 'The mutation has too many root fields',
    max: MAX_MUTATION_FIELDS,
  },
} as const satisfies Record<string, DocumentLimit>;

const formatNumber = (number: number): string => number.toLocaleString('en');

/** Names a limit that a document exceeds, for every client: it reveals neither the schema nor the document. */
export const limitMessage = ({ excess, max }: Omit<DocumentLimit, 'counted'>): string =>
  `${excess} (more than ${formatNumber(max)}).`;

/** @param count the number in the document, for clients that may read the schema; absent where counting it costs too much */
export const tooComplex = (limit: Omit<DocumentLimit, 'counted'>, count?: number): GatehouseError =>
  new GatehouseError('QUERY_TOO_COMPLEX', {
    limit: limitMessage(limit),
    ...(count === undefined
      ? {}
      : {
          explanation: `${limit.excess} (${formatNumber(count)}, and at most ${formatNumber(limit.max)} are allowed).`,
        }),
  });
