import { GraphQLScalarType, valueFromASTUntyped } from 'graphql';
import { Arg, Query, Resolver } from 'type-graphql';

import { documentLimits, limitMessage } from '../../src/authorization/document-limits.js';
import { Public } from '../../src/authorization/rule.js';
import { startApp, type Answer, type TestApp } from '../support/app.js';
import { measureCpu } from '../support/cpu.js';
import { sendRaw } from '../support/raw-http.js';

const AnyJson = new GraphQLScalarType({
  name: 'AnyJson',
  description: 'Any JSON.',
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});

@Resolver()
class EchoResolver {
  @Query(() => AnyJson, { description: 'Returns what it is given.' })
  @Public('To be asked by everybody.')
  echo(@Arg('json', () => AnyJson, { description: 'Any JSON.' }) json: unknown): unknown {
    return json;
  }
}

let open: TestApp;
let closed: TestApp;

beforeAll(async () => {
  open = await startApp({}, { resolvers: [EchoResolver] });
  closed = await startApp({ INTROSPECTION: 'false' });
});

afterAll(async () => {
  await open.close();
  await closed.close();
});

const nested = (depth: number, before: string, inside: string, after: string) =>
  before.repeat(depth) + inside + after.repeat(depth);

const many = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');

const codes = ['GRAPHQL_PARSE_FAILED', 'QUERY_TOO_COMPLEX'];

/** Rejected in time, with our JSON, and nothing of it is a fault of the server. */
const isRejected = async (send: () => Promise<Answer>, expected: readonly string[] = codes) => {
  const linesBefore = open.log.length;
  const { result, cpuMilliseconds } = await measureCpu(send);
  expect(result.status).toBe(400);
  expect(expected).toContain(result.errors[0]?.extensions.code);
  expect(result.errors).toHaveLength(1);
  expect(cpuMilliseconds).toBeLessThan(1000);
  expect(open.log.slice(linesBefore).filter((line) => line.includes('"level":50'))).toEqual([]);
};

/** The ways in which a document can be sent. */
const entries: readonly (readonly [string, (query: string) => Promise<Answer>])[] = [
  ['POST', (query) => open.post(JSON.stringify({ query }))],
  [
    'POST with a hash',
    (query) => {
      const persistedQuery = { version: 1, sha256Hash: '0'.repeat(64) };
      return open.post(JSON.stringify({ query, extensions: { persistedQuery } }));
    },
  ],
  [
    'GET',
    (query) =>
      sendRaw(open.url, `GET /graphql?query=${query.replaceAll(' ', '+')} HTTP/1.1\napollo-require-preflight: true`),
  ],
];

describe.each(entries)('F1: nesting that could exhaust the stack, by %s', (_entry, send) => {
  it.each([
    ['list literals', `{user(id:${nested(1900, '[', '1', ']')}){id}}`],
    ['list literals that are never closed', `{user(id:${'['.repeat(3990)}`],
    ['object literals', `{user(id:${nested(900, '{a:', '1', '}')}){id}}`],
    ['object literals that are never closed', `{user(id:${'{a:'.repeat(1300)}`],
    ['lists in objects', `{echo(json:${nested(600, '[{a:', '1', '}]')})}`],
    ['literals for a scalar of the application', `{echo(json:${nested(1900, '[', '1', ']')})}`],
    ['default values of variables', `query($a:[ID]=${nested(1900, '[', '1', ']')}){__typename}`],
    ['arguments of directives', `{__typename@include(if:${nested(1900, '[', '1', ']')})}`],
    ['selections', `{ ${many(501, (i) => `f${i}`)} }`],
    ['selections that are never closed', `{${'me{'.repeat(1990)}`],
    ['inline fragments that are never closed', `{${'...{'.repeat(1990)}`],
    ['list types', `query($a:${nested(1900, '[', 'ID', ']')}){__typename}`],
    ['list types that are never closed', `query($a:${'['.repeat(3980)}`],
    ['a block string that is never closed', `{user(id:"""${'\\"'.repeat(3000)}`],
  ])('is rejected: %s', async (_description, query) => {
    await isRejected(() => send(query.replaceAll('"', '%22')), [...codes, 'GRAPHQL_VALIDATION_FAILED']);
  });
});

describe('F1: nesting in variables', () => {
  const documents = {
    id: 'query ($v: ID!) { user(id: $v) { id } }',
    input: 'mutation ($v: LoginInput!) { login(input: $v) { __typename } }',
    scalar: 'query ($v: AnyJson!) { echo(json: $v) }',
    undeclared: '{ __typename }',
  };
  const values = (depth: number) => [
    nested(depth, '[', '1', ']'),
    nested(depth, '{"a":', '1', '}'),
    `{"email":${nested(depth, '[', '"a"', ']')},"password":"b"}`,
  ];

  it.each(Object.entries(documents))('is rejected in a body: %s', async (_description, query) => {
    for (const depth of [documentLimits.variableDepth.max, 5000, 16_000])
      for (const value of values(depth))
        await isRejected(
          () => open.post(`{"query":${JSON.stringify(query)},"variables":{"v":${value}}}`),
          ['QUERY_TOO_COMPLEX'],
        );
  });

  it.each(Object.entries(documents))('is rejected in a query string: %s', async (_description, query) => {
    if (query.startsWith('mutation')) return;
    const variables = encodeURIComponent(`{"v":${nested(2000, '[', '1', ']')}}`);
    const target = `/graphql?query=${encodeURIComponent(query)}&variables=${variables}`;
    await isRejected(
      () => sendRaw(open.url, `GET ${target} HTTP/1.1\napollo-require-preflight: true`),
      ['QUERY_TOO_COMPLEX'],
    );
  });

  it('reaches an application up to the limit', async () => {
    const value = nested(documentLimits.variableDepth.max - 1, '[', '1', ']');
    const { data, status } = await open.post(`{"query":"${documents.scalar}","variables":{"v":${value}}}`);
    expect([status, JSON.stringify(data)]).toEqual([200, `{"echo":${value}}`]);
  });

  it('is harmless beside a document', async () => {
    const deep = nested(16_000, '[', '1', ']');
    for (const member of ['extensions', 'nosuch']) {
      const { data } = await open.post(`{"query":"{ __typename }","${member}":{"a":${deep}}}`);
      expect(data).toEqual({ __typename: 'Query' });
    }
    const hash = await open.post(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":${deep}}}}`);
    expect(hash.status).toBeLessThan(500);
  });
});

describe('F2: a document that is too complex', () => {
  const { max } = documentLimits.aliases;
  const message = async (app: TestApp, query: string) => {
    const { status, errors } = await app.post(JSON.stringify({ query }));
    expect([status, errors[0]?.extensions.code]).toEqual([400, 'QUERY_TOO_COMPLEX']);
    return errors[0]?.message;
  };

  it('is rejected with the name of the limit, and its own number only where introspection is on', async () => {
    const aliases = `{ ${many(max + 20, (i) => `a${i}: __typename`)} }`;
    expect(await message(closed, aliases)).toBe('The document has too many aliases (more than 100).');
    expect(await message(open, aliases)).toBe('The document has too many aliases (120, and at most 100 are allowed).');
  });

  it.each([
    ['tokens', `{ ${many(5000, () => '__typename')} }`],
    ['queryFields', `{ ${many(31, (i) => `a${i}: __typename`)} }`],
    ['mutationFields', `mutation { ${many(11, (i) => `a${i}: logout { revokedSessions }`)} }`],
    ['selections', `{ ${many(501, (i) => `f${i}`)} }`],
    ['repeats', `{ ${many(400, () => '__typename')} }`],
  ] as const)('names the limit of %s', async (name, query) => {
    expect(await message(closed, query)).toBe(limitMessage(documentLimits[name]));
  });

  it('names the cost, before its caller is identified', async () => {
    const page = 'users(first: 100) { nodes { id email name locale roles } }';
    const query = `{ ${many(30, (i) => `a${i}: ${page}`)} }`;
    expect(await message(closed, query)).toBe('The operation costs too much (more than 10,000).');
    expect(await message(open, query)).toBe('The operation costs too much (15,060, and at most 10,000 are allowed).');
  });

  it('is rejected in the same words for known and unknown names', async () => {
    for (const write of [
      (name: string) => many(101, () => name),
      (name: string) => many(101, (i) => `a${i}: ${name}`),
      (name: string) => nested(100, `${name} { `, name, ' }'),
    ])
      expect(await message(closed, `{ ${write('me')} }`)).toBe(await message(closed, `{ ${write('nosuch')} }`));
  });
});
