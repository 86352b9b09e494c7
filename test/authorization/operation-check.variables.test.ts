import { bearer, PASSWORD, startApp, type TestApp } from '../support/app.js';
import { badInput, CANARY, countRows, watchForTraces, type AssertRejected } from '../support/rejected-request.js';

let app: TestApp;
let admin: Awaited<ReturnType<TestApp['newcomer']>>;
let isRefused: AssertRejected;

beforeAll(async () => {
  app = await startApp();
  admin = await app.newcomer('ADMIN');
});

beforeEach(async () => {
  isRefused = await watchForTraces(app);
});

afterAll(async () => {
  await app.close();
});

const login = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
const setRoles = 'mutation ($input: SetUserRolesInput!) { setUserRoles(input: $input) { __typename } }';

const send = (query: string, input: unknown, headers: Record<string, string> = {}) =>
  app.post(JSON.stringify({ query, variables: { input } }), headers);

const email = `${CANARY}@example.com`;
const password = `${CANARY} ${PASSWORD}`;

describe('variables of another type', () => {
  it.each([
    ['an input that is missing', undefined],
    ['an input that is null', null],
    ['an input that is a text', CANARY],
    ['an input that is an array of two', [CANARY, CANARY]],
    ['a field that is missing', { email }],
    ['a field that is null', { email, password: null }],
    ['a field that is a number', { email, password: 4711 }],
    ['a field that is a boolean', { email, password: true }],
    ['a field that is an array', { email, password: [password] }],
    ['a field that is an object', { email, password: { [CANARY]: password } }],
    ['a field that is deep', { email, password: { a: [{ b: [{ c: [password] }] }] } }],
    ['a field too many', { email, password, other: password }],
    ['a field whose name is not a GraphQL name', { email, password, [`a ${CANARY}`]: password }],
    ['a field that is an operator', { email: { $ne: CANARY }, password: { $gt: '' } }],
  ])('are BAD_USER_INPUT: %s', async (_description, input) => isRefused(await send(login, input), badInput));

  it.each([
    ['roles that are none', { userId: '1', roles: [CANARY] }],
    ['roles in lower case', { userId: '1', roles: ['admin'] }],
    ['roles that are an object', { userId: '1', roles: { [CANARY]: 'ADMIN' } }],
    ['a role that is null', { userId: '1', roles: [null] }],
    ['roles in a list of lists', { userId: '1', roles: [[CANARY]] }],
    ['an id that is an object', { userId: { [CANARY]: 1 }, roles: [] }],
    ['an id that is a fraction', { userId: 1.5, roles: [] }],
  ])('are BAD_USER_INPUT also for an administrator: %s', async (_description, input) =>
    isRefused(await send(setRoles, input, bearer(admin.tokens.accessToken)), badInput),
  );

  it.each([
    ['a number past 32 bits', { first: 2 ** 31 }],
    ['a fraction', { first: 1.5 }],
    ['a text', { first: CANARY }],
    ['null', { first: null }],
    ['none', { first: 0 }],
    ['fewer than none', { first: -1 }],
    ['too many', { first: 101 }],
    ['a cursor that is none', { first: 1, after: CANARY }],
    ['a cursor of another kind', { first: 1, after: Buffer.from(`post:${CANARY}`).toString('base64url') }],
    [
      'a cursor with something behind',
      { first: 1, after: Buffer.from(`user:' OR 1=1 --${CANARY}`).toString('base64url') },
    ],
  ])('are BAD_USER_INPUT in a page of users: %s', async (_description, variables) => {
    const query = 'query ($first: Int!, $after: String) { users(first: $first, after: $after) { edges { cursor } } }';
    await isRefused(await app.post(JSON.stringify({ query, variables }), bearer(admin.tokens.accessToken)), badInput);
  });

  it.each([
    "'",
    "' OR '1'='1",
    '%',
    '\\',
    '\\u0000',
    '"; DROP TABLE "user"; --',
    '${7*7}',
    '{{7*7}}',
    '../../etc/passwd',
    '\u202e',
    '🦆',
  ])('do no harm as a search or an id: %j', async (text) => {
    const before = await countRows(app);
    const query =
      'query ($id: ID!, $search: String) { user(id: $id) { id } users(filter: { search: $search }) { edges { cursor } } }';
    const headers = bearer(admin.tokens.accessToken);
    const { status, errors } = await app.post(
      JSON.stringify({ query, variables: { id: text, search: text } }),
      headers,
    );
    expect({ status, errors }).toEqual({ status: 200, errors: [] });
    expect(await countRows(app)).toEqual(before);
  });

  it.each(['\0', 'a\0b', '\ud800', 'a\udfffb', 'x'.repeat(50_000), '\u0007'])(
    'are no fault of ours as a search, an id or a cursor that no database takes (%#)',
    async (text) => {
      const headers = bearer(admin.tokens.accessToken);
      for (const document of [
        'query ($text: ID!) { user(id: $text) { id } }',
        'query ($text: String!) { users(filter: { search: $text }) { edges { cursor } } }',
        'query ($text: String!) { users(after: $text) { edges { cursor } } }',
      ]) {
        const { status, errors } = await app.post(JSON.stringify({ query: document, variables: { text } }), headers);
        expect([200, 400]).toContain(status);
        for (const { extensions } of errors) expect(extensions.code).toBe('BAD_USER_INPUT');
      }
    },
  );
});
