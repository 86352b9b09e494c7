import 'reflect-metadata';

import { readFileSync } from 'node:fs';

import {
  buildSchema,
  getIntrospectionQuery,
  Kind,
  parse,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';

import { costErrorOf } from '../../src/authorization/operation-check.js';
import { costOfOperation } from '../../src/authorization/operation-cost.js';
import { variables as environment } from '../../src/config/variables.js';
import { createSchema } from '../../src/graphql/schema.js';
import { ASSUMED_LIST_SIZE } from '../../src/values/policy.js';

const schema = buildSchema(`
  type Query { me: User items(first: Int = 5, last: Int): [Item!]! users(first: Int, last: Int): Users! node: Node tags: [String!]! }
  type Users { edges: [Edge!]! nodes: [User!]! pageInfo: PageInfo! totalCount: Int! }
  type Edge { node: User! cursor: String! }
  type PageInfo { hasNextPage: Boolean! }
  type User implements Node { id: ID! name: String items: [Item!] friends(first: Int, last: Int): Users! }
  type Item implements Node { id: ID! owner: User! }
  interface Node { id: ID! }
`);

const operationsOf = ({ definitions }: DocumentNode) =>
  definitions.filter((node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION);

const requestedIn = (text: string, variables: Record<string, unknown> = {}, of: GraphQLSchema = schema) => {
  const document = parse(text);
  expect(validate(of, document)).toEqual([]);
  const [operation] = operationsOf(document);
  if (!operation) throw new Error('no operation');
  return { document, operation, variables };
};

const cost = (text: string, variables?: Record<string, unknown>) =>
  costOfOperation(schema, requestedIn(text, variables));

describe('the cost of an operation', () => {
  it.each([
    ['each field', '{ me { id name } }', 3],
    ['each alias', '{ a: me { id } b: me { id } }', 4],
    ['each use of a fragment', '{ a: me { ...F } b: me { ...F } } fragment F on User { id name }', 6],
    ['each type condition', '{ node { ... on User { name } ... on Item { id } } }', 3],
    ['nothing for what is skipped', '{ me { id @skip(if: true) name @include(if: false) } }', 1],
    ['a list of leaves once', '{ tags }', 1],
    ['each element of a list', '{ items(first: 10) { id } }', 11],
    ['the default of an argument', '{ items { id } }', 6],
    ['`last` like `first`', '{ items(last: 3, first: null) { id } }', 4],
    ['the larger of both sizes', '{ items(first: 3, last: 30) { id } }', 31],
    ['each element of a connection', '{ users(first: 10) { edges { node { id } cursor } totalCount } }', 1 + 31 + 1],
    ['the position of a connection once', '{ users(first: 10) { pageInfo { hasNextPage } } }', 3],
    ['a connection in fragments', '{ users(first: 10) { ...F } } fragment F on Users { ... { nodes { id } } }', 1 + 11],
    ['a list whose size nobody states', '{ me { items { id } } }', 2 + ASSUMED_LIST_SIZE],
    ['a connection whose size nobody states', '{ users { nodes { id } } }', 2 + ASSUMED_LIST_SIZE],
    [
      'no size of the connection for the lists of its elements',
      '{ users(first: 2) { nodes { items { id } } } }',
      2 + 2 * (1 + ASSUMED_LIST_SIZE),
    ],
    ['lists in lists', '{ users(first: 10) { nodes { friends(first: 10) { nodes { id } } } } }', 2 + 10 * (2 + 10)],
    ['no element for a negative size', '{ items(first: -10) { id } }', 1],
  ])('counts %s', (_description, text, expected) => {
    expect(cost(text)).toBe(expected);
  });

  it('counts the size in a variable, or its default', () => {
    const text = 'query ($n: Int) { users(first: $n) { nodes { id } } }';
    expect(cost(text, { n: 50 })).toBe(52);
    expect(cost(text, {})).toBe(2 + ASSUMED_LIST_SIZE);
    expect(cost(text, { n: null })).toBe(2 + ASSUMED_LIST_SIZE);
  });

  it('saturates', () => {
    const page = (inside: string) => `users(first: 2147483647) { nodes { ${inside} } }`;
    const friends = (inside: string) => `friends(first: 2147483647) { nodes { ${inside} } }`;
    const text = `{ ${page(friends(friends(friends('id'))))} }`;
    expect(cost(text)).toBe(Number.MAX_SAFE_INTEGER);
    expect(cost(`{ items(first: 0) { owner { ${friends(friends(friends('id')))} } } }`)).toBe(1);
  });
});

describe('MAX_QUERY_COST', () => {
  const gatehouse = createSchema();
  const max = Number(environment.MAX_QUERY_COST.default);

  it('is seven times the cost of the largest operation of a client, with a full page of users', () => {
    const document = parse(readFileSync(new URL('../support/operations.graphql', import.meta.url), 'utf8'));
    const costs = operationsOf(document).map((operation) =>
      costOfOperation(gatehouse, { document, operation, variables: { first: 100 } }),
    );
    expect(Math.max(...costs)).toBeGreaterThan(1000);
    expect(Math.max(...costs)).toBeLessThan(max / 7);
  });

  it('is far above the cost of the introspection query, whose lists do not multiply', () => {
    const introspection = costOfOperation(gatehouse, requestedIn(getIntrospectionQuery(), {}, gatehouse));
    expect(introspection).toBeLessThan(max / 40);
  });

  it('rejects an operation that costs more, and names no field of it', () => {
    const requested = requestedIn('{ users(first: 10) { nodes { id } } }');
    expect(costErrorOf(schema, requested, 12)).toBeUndefined();
    expect(costErrorOf(schema, requested, 11)).toMatchObject({
      code: 'QUERY_TOO_COMPLEX',
      detail: {
        limit: 'The operation costs too much (more than 11).',
        explanation: 'The operation costs too much (12, and at most 11 are allowed).',
      },
    });
  });
});
