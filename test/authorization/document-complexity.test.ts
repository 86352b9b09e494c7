import { readFileSync } from 'node:fs';

import { getIntrospectionQuery, parse } from 'graphql';

import { complexityErrorOf } from '../../src/authorization/document-complexity.js';
import { documentLimits, limitMessage } from '../../src/authorization/document-limits.js';

const many = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');

describe('a document that a client sends', () => {
  it.each([
    [
      'an introspection query with every option',
      getIntrospectionQuery({
        descriptions: true,
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        experimentalDirectiveDeprecation: true,
        oneOf: true,
      }),
    ],
    [
      'all operations of a generated client at once',
      readFileSync(new URL('../support/operations.graphql', import.meta.url), 'utf8'),
    ],
    ['30 root fields', `{ ${many(30, (i) => `a${i}: user(id: $i) { __typename id email }`)} }`],
    [
      'a fragment for each of 60 components',
      `{ me { __typename ${many(60, (i) => `...F${i}`)} } } ${many(60, (i) => `fragment F${i} on User { __typename id name }`)}`,
    ],
    ['200 variables', `query (${many(200, (i) => `$v${i}: ID!`)}) { __typename }`],
    ['40 levels', `{ ${'me { '.repeat(40)} id ${' }'.repeat(40)} }`],
  ])('is not too complex: %s', (_description, document) => {
    expect(complexityErrorOf(parse(document))).toBeUndefined();
  });
});

const nested = (depth: number, before: string, inside: string, after: string) =>
  before.repeat(depth) + inside + after.repeat(depth);

describe('a document that would cost more than its size', () => {
  const atLimit = (write: (count: number) => string, name: keyof typeof documentLimits) => {
    const { max } = documentLimits[name];
    expect(complexityErrorOf(parse(write(max)))).toBeUndefined();
    return complexityErrorOf(parse(write(max + 1)))?.detail;
  };

  it.each([
    ['aliases', (n: number) => `{ ${many(n, (i) => `a${i}: __typename`)} }`],
    ['directives', (n: number) => `{ __typename ${many(n, () => '@skip(if: true)')} }`],
    ['variables', (n: number) => `query (${many(n, (i) => `$v${i}: ID!`)}) { __typename }`],
    ['operations', (n: number) => many(n, (i) => `query Q${i} { __typename }`)],
    ['fragments', (n: number) => `{ __typename } ${many(n, (i) => `fragment F${i} on Query { __typename }`)}`],
    ['literalDepth', (n: number) => `{ user(id: ${nested(n, '[', '1', ']')}) { id } }`],
    ['literalDepth', (n: number) => `{ user(id: ${nested(n, '{ a: ', '1', ' }')}) { id } }`],
    ['literalDepth', (n: number) => `query ($x: ${nested(n, '[', 'Int', ']')}) { __typename }`],
  ] as const)('is rejected with the name of the limit and, for developers, its number: %s', (name, write) => {
    const { excess, max } = documentLimits[name];
    expect(atLimit(write, name)).toEqual({
      limit: limitMessage({ excess, max }),
      explanation: `${excess} (${max + 1}, and at most ${max} are allowed).`,
    });
  });

  it.each([
    ['selections', (n: number) => `{ ${many(n, (i) => `f${i}`)} }`],
    ['repeats', (n: number) => `{ ${many(n, () => 'me')} }`],
    ['repeats', (n: number) => `{ ${many(n, () => '... { me }')} }`],
    ['spreads', (n: number) => `{ ${many(n, (i) => `...F${i}`)} }`],
    ['introspectedLists', (n: number) => `{ __schema { types { ${many(n - 1, () => 'fields { name }')} } } }`],
  ] as const)('is rejected with the name of the limit, where a number would cost too much: %s', (name, write) => {
    expect(atLimit(write, name)).toEqual({ limit: limitMessage(documentLimits[name]) });
  });

  it.each([
    ['depth', `{ ${nested(100, 'me { ', 'id', ' }')} }`],
    ['depth', `{ ${nested(100, '... { ', 'me', ' }')} }`],
    ['selections', `{ a: me { ...F } b: me { ...F } } fragment F on User { ${many(250, (i) => `f${i}`)} }`],
    ['selections', `{ me } fragment F on User { ${many(501, (i) => `f${i}`)} }`],
    ['selectionsOfAll', many(3, (i) => `query Q${i} { ${many(334, (j) => `f${j}`)} }`)],
    ['repeats', `{ ${many(400, (i) => `me { x${i} y }`)} }`],
  ] as const)('is too complex: %s', (name, document) => {
    expect(complexityErrorOf(parse(document))?.detail.limit).toBe(limitMessage(documentLimits[name]));
  });

  it('is left to validation when its fragments go in a circle', () => {
    const document = '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }';
    expect(complexityErrorOf(parse(document))).toBeUndefined();
  });
});
