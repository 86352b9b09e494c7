import fc from 'fast-check';

import { bearer, startApp, type TestApp } from '../support/app.js';
import { anyShape } from '../support/request-grammar.js';

/** As many as take some seconds; CLIENT_RUNS names another number. */
const RUNS = Number(process.env['CLIENT_RUNS'] ?? 200);

let app: TestApp;
let headers: Record<string, string>;
let linesBefore: number;

beforeAll(async () => {
  app = await startApp();
  headers = bearer((await app.newcomer('ADMIN')).tokens.accessToken);
});

beforeEach(() => {
  linesBefore = app.log.length;
});

afterAll(async () => {
  await app.close();
});

/** Neither the status, a code nor a log line reports an internal error, for an anonymous caller and an administrator. */
const isNoFault = async (body: string) => {
  for (const from of [{}, headers]) {
    const answer = await app.post(body, from);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text).not.toMatch(/INTERNAL_SERVER_ERROR|SERVICE_UNAVAILABLE/);
  }
  expect(app.log.slice(linesBefore).filter((line) => /"level":[56]0/.test(line))).toEqual([]);
};

const codeOf = async (request: unknown) => {
  const { status, errors } = await app.post(JSON.stringify(request), headers);
  return { status, count: errors.length, code: errors[0]?.extensions.code };
};

const badInput = { status: 400, count: 1, code: 'BAD_USER_INPUT' };

describe('H3: a client error', () => {
  it.each([
    ['at a root field', 'query ($x: Boolean = true) { me @include(if: $x) { id } }'],
    ['at a nested field', 'query ($x: Boolean = true) { me { id @skip(if: $x) } }'],
    ['at an inline fragment', 'query ($x: Boolean = true) { ... @include(if: $x) { __typename } }'],
    ['at a spread', 'query ($x: Boolean = true) { ...F @skip(if: $x) } fragment F on Query { __typename }'],
    ['in a fragment', 'query ($x: Boolean = true) { ...F } fragment F on Query { me { id @skip(if: $x) } }'],
    ['as an argument', 'query ($x: ID = "1") { user(id: $x) { id } }'],
    [
      'in an input with a default',
      'mutation ($x: Boolean = true) { deleteUser(input: { userId: "1", immediately: $x }) { __typename } }',
    ],
    ['in an input', 'mutation ($x: String = "a") { logout(input: { refreshToken: $x }) { revokedSessions } }'],
    ['in a list', 'mutation ($x: Role = USER) { setUserRoles(input: { userId: "1", roles: [$x] }) { __typename } }'],
  ])('is BAD_USER_INPUT where a default lets null stand: %s', async (_description, query) => {
    expect(await codeOf({ query, variables: { x: null } })).toEqual(badInput);
    await isNoFault(JSON.stringify({ query, variables: { x: null } }));
  });

  it('is BAD_USER_INPUT regardless of the number of wrong variables', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `v${i}`);
    const query = `query (${names.map((name) => `$${name}: Int!`).join(' ')}) { users(first: $v0) { edges { cursor } } ${names
      .slice(1, 29)
      .map((name) => `${name}: users(first: $${name}) { edges { cursor } }`)
      .join(' ')} __typename ${names
      .slice(29)
      .map((name) => `@skip(if: $${name})`)
      .join(' ')} }`;
    expect((await codeOf({ query, variables: {} })).status).toBe(400);
    const used = `query (${names.map((name) => `$${name}: Boolean!`).join(' ')}) { ${names.map((name) => `${name}: __typename @skip(if: $${name})`).join(' ')} }`;
    const variables = Object.fromEntries(names.map((name) => [name, 'no boolean']));
    expect(await codeOf({ query: used, variables })).toEqual(badInput);
    const roles = Array(5000).fill('NOBODY');
    const list = 'mutation ($i: SetUserRolesInput!) { setUserRoles(input: $i) { __typename } }';
    expect(await codeOf({ query: list, variables: { i: { userId: '1', roles } } })).toEqual(badInput);
  });

  it.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', '__defineGetter__'])(
    'is no fault in a variable, an operation, a fragment or an alias of the name %s',
    async (name) => {
      const queries = [
        `mutation ($${name}: String) { logout(input: { refreshToken: "x" }) @skip(if: false) { revokedSessions } }`,
        `mutation ($${name}: String = "x") { logout(input: { refreshToken: $${name} }) { revokedSessions } }`,
        `query ($${name}: String) { users(first: 1, filter: { search: $${name} }) { edges { cursor } } }`,
        `mutation ($${name}: String) { updateProfile(input: { name: $${name} }) { __typename } }`,
        `query ${name} { __typename }`,
        `{ ...${name} } fragment ${name} on Query { __typename }`,
        `{ ${name}: __typename }`,
        `{ ${name}: me { ${name}: id } }`,
        `{ me { ...${name} } }`,
        `query ($x: ${name}) { __typename @skip(if: $x) }`,
        `{ __typename @${name} }`,
        `{ user(${name}: 1) { id } }`,
        `mutation { logout(input: { ${name}: 1 }) { revokedSessions } }`,
      ];
      for (const query of queries) {
        await isNoFault(JSON.stringify({ query }));
        await isNoFault(`{"query":${JSON.stringify(query)},"operationName":"${name}"}`);
        await isNoFault(`{"query":${JSON.stringify(query)},"variables":{"${name}":"x"}}`);
        await isNoFault(`{"query":${JSON.stringify(query)},"variables":{"${name}":null}}`);
      }
      const get = `${app.url}/graphql?query=${encodeURIComponent(queries[2] ?? '')}&variables=${encodeURIComponent(`{"${name}":{"a":1}}`)}`;
      expect((await fetch(get, { headers: { ...headers, 'apollo-require-preflight': 'true' } })).status).toBeLessThan(
        500,
      );
    },
  );

  it.each([
    ['an unknown operation', { query: '{ __typename }', operationName: 'Nosuch' }],
    ['an unknown operation of two', { query: 'query A { __typename } query B { __typename }', operationName: 'C' }],
    ['no operation', { query: 'fragment F on Query { __typename }' }],
    ['a subscription', { query: 'subscription { a }' }],
    ['a subscription among others', { query: 'query A { __typename } subscription B { a }', operationName: 'B' }],
    ['a definition of a type', { query: 'type A { a: Int }' }],
    ['a description', { query: '"a" query A { __typename }' }],
    ['variables in a list', { query: '{ __typename }', variables: [] }],
    ['variables in a text', { query: '{ __typename }', variables: '{}' }],
    ['extensions in a list', { query: '{ __typename }', extensions: [] }],
    ['an unknown hash', { extensions: { persistedQuery: { sha256Hash: {} } } }],
  ])('is no fault: %s', async (_description, request) => isNoFault(JSON.stringify(request)));

  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('', '\ud800', 'a\udc00b', '\0', '\n', '🦆', '%', "'", '-1', '1e3', 'x'.repeat(3000)),
  );
  const value: fc.Arbitrary<unknown> = fc.oneof(
    text,
    fc.constantFrom(null, true, 0, -0, -1, 1.5, 2 ** 31, 2 ** 53, 1e308, 'ADMIN', 'USER', [], {}, [null], ['ADMIN']),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const given = (...names: string[]) =>
    fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });

  const operations = fc.oneof(
    fc.record({
      query: fc.constant(
        'query ($first: Int, $after: String, $filter: UserFilter) { users(first: $first, after: $after, filter: $filter) { edges { cursor } totalCount } }',
      ),
      variables: given('first', 'after', 'filter'),
    }),
    fc.record({ query: fc.constant('query ($id: ID!) { user(id: $id) { id email } }'), variables: given('id') }),
    ...(
      [
        ['setUserRoles', 'SetUserRolesInput!', '__typename', ['userId', 'roles']],
        ['disableUser', 'DisableUserInput!', '__typename', ['userId']],
        ['revokeUserSessions', 'RevokeUserSessionsInput!', '__typename', ['userId', 'sessionIds']],
        ['deleteUser', 'DeleteUserInput!', '__typename', ['userId', 'immediately']],
        ['updateProfile', 'UpdateProfileInput!', '__typename', ['name', 'locale']],
        ['revokeSession', 'RevokeSessionInput!', '__typename', ['sessionId']],
        ['logout', 'LogoutInput!', 'done', ['refreshToken']],
        ['refreshSession', 'RefreshSessionInput!', '__typename', ['refreshToken']],
        ['login', 'LoginInput!', '__typename', ['email', 'password']],
        ['verifyEmail', 'VerifyEmailInput!', '__typename', ['token', 'receipt', 'newPassword']],
        ['resetPassword', 'ResetPasswordInput!', '__typename', ['token', 'newPassword']],
      ] as const
    ).map(([field, type, selection, names]) =>
      fc.record({
        query: fc.constant(`mutation ($input: ${type}) { ${field}(input: $input) { ${selection} } }`),
        variables: fc.record({
          input: fc.oneof({ weight: 6, arbitrary: given(...names) }, { weight: 1, arbitrary: value }),
        }),
      }),
    ),
  );

  it(
    'is no fault, whatever a search puts into variables, documents and the request around them',
    async () => {
      const requests = fc.oneof(
        { weight: 4, arbitrary: operations.map((request) => JSON.stringify(request)) },
        { weight: 2, arbitrary: anyShape.chain((shape) => fc.integer({ min: 1, max: 60 }).map((size) => shape(size))) },
        {
          weight: 1,
          arbitrary: fc
            .record({ query: value, variables: value, operationName: value, extensions: value }, { requiredKeys: [] })
            .map((request) => JSON.stringify({ query: '{ __typename }', ...request })),
        },
      );
      await fc.assert(fc.asyncProperty(requests, isNoFault), { numRuns: RUNS });
    },
    60_000 + RUNS * 1000,
  );
});
