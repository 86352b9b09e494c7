import { readFileSync } from 'node:fs';

import { getIntrospectionQuery, parse } from 'graphql';

import { isDocumentTooComplex } from '../../src/authorization/document-complexity.js';

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
    expect(isDocumentTooComplex(parse(document))).toBe(false);
  });
});

describe('a document that would cost more than its size', () => {
  it('is too complex when it asks for the lists of the schema again and again', () => {
    const lists = (count: number) =>
      parse(`{ __schema { types { possibleTypes { ${many(count, (i) => `a${i}: fields { name }`)} } } } }`);
    expect([isDocumentTooComplex(lists(20)), isDocumentTooComplex(lists(40))]).toEqual([false, true]);
  });

  it.each([
    ['conflicting pairs', `{ ${many(400, (i) => `me { x: a${i} x: b }`)} }`],
    ['1,900 repeats of one field', `{ ${many(1900, () => '__typename')} }`],
    ['101 repeats of one field in fragments', `{ ${many(101, () => '... { me }')} }`],
    ['2,000 directives', `{ __typename ${many(2000, () => '@skip(if: true)')} }`],
    ['201 variables', `query (${many(201, (i) => `$v${i}: ID!`)}) { __typename }`],
    ['101 operations', many(101, (i) => `query Q${i} { __typename }`)],
    ['201 fragments', `{ ...F0 } ${many(201, (i) => `fragment F${i} on Query { __typename }`)}`],
    ['101 fragments that nobody defines', `{ ${many(101, (i) => `...F${i}`)} }`],
    ['100 levels', `{ ${'me { '.repeat(100)} id ${' }'.repeat(100)} }`],
    ['100 lists in a literal', `{ user(id: ${'['.repeat(120)}${']'.repeat(120)}) { id } }`],
    ['501 selections in an operation', `{ ${many(501, (i) => `a${i}: __typename`)} }`],
    [
      '501 selections in fragments',
      `{ a: me { ...F } b: me { ...F } } fragment F on User { ${many(250, (i) => `a${i}: id`)} }`,
    ],
    ['1,001 selections in operations', many(3, (i) => `query Q${i} { ${many(334, (j) => `a${j}: __typename`)} }`)],
    [
      '501 selections in a fragment that nobody spreads',
      `{ me } fragment F on User { ${many(501, (i) => `a${i}: id`)} }`,
    ],
  ])('is too complex: %s', (_description, document) => {
    expect(isDocumentTooComplex(parse(document))).toBe(true);
  });

  it('is left to validation when its fragments go in a circle', () => {
    expect(isDocumentTooComplex(parse('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'))).toBe(
      false,
    );
  });
});
