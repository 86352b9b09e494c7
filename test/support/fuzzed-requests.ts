import { readFileSync } from 'node:fs';

import fc, { type Arbitrary } from 'fast-check';
import {
  buildSchema,
  getOperationAST,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  parse,
  print,
  separateOperations,
  typeFromAST,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLNonNull,
} from 'graphql';

import { BODY_LIMIT_BYTES } from '../../src/values/policy.js';
import { anyShape } from './request-grammar.js';
import { fill } from './request-shapes.js';

/** A request to the GraphQL endpoint. */
export interface FuzzedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer<ArrayBuffer>;
}

const json = { 'content-type': 'application/json' };

const textOf = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

const schema = buildSchema(textOf('../../schema.graphql'));

/** The operations of a client, each with its fragments. */
const operations = Object.values(separateOperations(parse(textOf('operations.graphql'))));

const string = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.emailAddress(),
  fc.uuid(),
  fc.constantFrom('', ' ', '\0', 'a'.repeat(2000), '\u202e', 'de', '2026-01-01T00:00:00Z', 'x.y'),
);

type NullableInputType = Exclude<GraphQLInputType, GraphQLNonNull<never>>;

const valueOf = (type: GraphQLInputType): Arbitrary<unknown> => {
  if (isNonNullType(type)) return requiredValueOf(type.ofType);
  return fc.option(requiredValueOf(type));
};

const requiredValueOf = (type: NullableInputType): Arbitrary<unknown> => {
  if (isListType(type)) return fc.array(valueOf(type.ofType), { maxLength: 20 });
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    return fc.record(Object.fromEntries(fields.map((field) => [field.name, valueOf(field.type)])));
  }
  if (type.name === 'Boolean') return fc.boolean();
  return type.name === 'Int' ? fc.integer({ min: -1, max: 101 }) : string;
};

/** Variables that fit the types of an operation. */
const variablesOf = (document: DocumentNode): Arbitrary<Record<string, unknown>> => {
  const definitions = getOperationAST(document)?.variableDefinitions ?? [];
  return fc.record(
    Object.fromEntries(
      definitions.map(({ variable, type: node }) => {
        const type = typeFromAST(schema, node);
        return [variable.name.value, isInputType(type) ? valueOf(type) : fc.constant(null)];
      }),
    ),
  );
};

/** Requests of a client with any values. They reach the resolvers. */
const validRequest = fc
  .constantFrom(...operations)
  .chain((document) => variablesOf(document).map((variables) => JSON.stringify({ query: print(document), variables })));

const clientOperations = operations.map(print);

const tokens = [
  ...['{', '}', '(', ')', '[', ']', ':', '=', '!', '|', '&', '@', '$', '...', '"', '"""', '#', '\n', ',', '\\', '\0'],
  ...['query', 'mutation', 'subscription', 'fragment F on Query', 'on', 'type', 'extend', 'schema', 'input', 'null'],
  ...['me', 'user', 'users', 'login', '__schema', '__typename', '__type', 'id', 'nodes', 'edges', 'input', 'first'],
  ...['$v', '@skip(if: true)', '@include(if: $v)', '...F', '-0', '1e999', '99999999999', '"\\u{110000}"', '"\\ud800"'],
  ...['\u{1F600}', '\u202e', '\ufeff', '\ud800', 'constructor', '__proto__', 'toString'],
];

const soup = fc
  .array(fc.constantFrom(...tokens), { maxLength: 400 })
  .chain((parts) => fc.constantFrom('', ' ').map((separator) => parts.join(separator)));

/** A part of the text, as shares of its length, is removed, repeated or replaced. */
const edit = fc.tuple(
  fc.constantFrom('remove', 'repeat', 'replace'),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: 0, max: 0.1, noNaN: true }),
  fc.constantFrom(...tokens),
);

const edited = (original: Arbitrary<string>): Arbitrary<string> =>
  fc.tuple(original, fc.array(edit, { minLength: 1, maxLength: 5 })).map(([text, edits]) =>
    edits.reduce((current, [kind, from, share, token]) => {
      const start = Math.floor(from * current.length);
      const end = start + Math.ceil(share * current.length);
      const part = { remove: '', repeat: current.slice(start, end).repeat(2), replace: token }[kind];
      return current.slice(0, start) + part + current.slice(end);
    }, text),
  );

const bytes = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 64, max: 8 * 1024 }) },
  fc.integer({ min: 8 * 1024, max: BODY_LIMIT_BYTES - 32 }),
);

/** Documents: of the grammar, of its tokens in any order, and those of a client, with and without changes. */
export const fuzzedDocument: Arbitrary<FuzzedRequest> = fc
  .oneof(
    validRequest,
    fc.tuple(anyShape, bytes).map(([shape, size]) => fill(shape, size)),
    fc
      .tuple(fc.oneof(soup, edited(fc.constantFrom(...clientOperations))), fc.jsonValue())
      .map(([query, v]) => JSON.stringify({ query, variables: { v, input: v, id: v, first: v } })),
  )
  .map((body) => ({ headers: json, body }));

const member = (usual: Arbitrary<unknown>) => fc.option(fc.oneof({ weight: 3, arbitrary: usual }, fc.jsonValue()));

const parsedBody = fc
  .record({
    query: member(fc.constantFrom(...clientOperations, '{ __typename }')),
    variables: member(fc.dictionary(fc.constantFrom('input', 'id', 'first', '__proto__'), fc.jsonValue())),
    operationName: member(fc.string()),
    extensions: member(
      fc.constantFrom({}, { persistedQuery: { version: 1, sha256Hash: 'a' } }, { persistedQuery: null }),
    ),
  })
  .map((body) => JSON.stringify(body));

const nestedText = fc
  .tuple(fc.constantFrom('[', '{"a":', '{"query":', '{"variables":{"v":', '"\\'), fc.integer({ min: 1, max: 10_000 }))
  .map(([text, count]) => text.repeat(count).slice(0, BODY_LIMIT_BYTES - 32));

const contentType = fc.oneof(
  { weight: 8, arbitrary: fc.constant('application/json') },
  fc.constantFrom(
    'application/json; charset=utf-8',
    'application/json; charset=utf-16',
    'text/plain',
    'application/graphql',
    'multipart/form-data; boundary=a',
    'a',
    '*/*',
  ),
);

const accept = fc.constantFrom('*/*', 'application/json', 'application/graphql-response+json', 'text/html', 'a/b', ';');

/** Bodies: any bytes, any JSON, the members of a request with any values, and valid ones with changes. */
export const fuzzedBody: Arbitrary<FuzzedRequest> = fc
  .tuple(
    fc.oneof<Arbitrary<string | Buffer<ArrayBuffer>>[]>(
      fc.uint8Array({ maxLength: 4096 }).map((array) => Buffer.from(array)),
      fc.json(),
      parsedBody,
      edited(parsedBody),
      nestedText,
    ),
    contentType,
    accept,
  )
  .map(([body, type, accepted]) => ({ headers: { 'content-type': type, accept: accepted }, body }));
