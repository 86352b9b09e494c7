import { startApp, type TestApp } from '../support/app.js';
import {
  CANARY,
  parseFailed,
  validationFailed,
  watchForTraces,
  type AssertRejected,
} from '../support/rejected-request.js';

let app: TestApp;
let isRefused: AssertRejected;

beforeAll(async () => {
  app = await startApp();
});

beforeEach(async () => {
  isRefused = await watchForTraces(app);
});

afterAll(async () => {
  await app.close();
});

describe('a document', () => {
  it.each([
    ['no GraphQL', CANARY],
    ['never closed', `{ ${CANARY}`],
    ['a string never closed', `{ user(id: "${CANARY}) { id } }`],
    ['an empty selection', `{ ${CANARY} { } }`],
    ['a wrong escape', `{ user(id: "${CANARY}\\x") { id } }`],
    ['a lone surrogate', `{ user(id: "${CANARY}\ud800") { id } }`],
    ['a lone surrogate in an escape', `{ user(id: "${CANARY}\\ud800") { id } }`],
    ['white space', '  '],
  ])('that does not parse is GRAPHQL_PARSE_FAILED: %s', async (_description, query) =>
    isRefused(await app.post(JSON.stringify({ query })), parseFailed),
  );

  it.each([
    ['a fragment that is not there', `{ ...${CANARY} }`],
    ['a directive that is not there', `{ __typename @${CANARY} }`],
    ['a text for a number', `{ users(first: "${CANARY}") { edges { cursor } } }`],
    [
      'an enum value that is none',
      `mutation { setUserRoles(input: { userId: "1", roles: [${CANARY}] }) { __typename } }`,
    ],
    ['a list for a text', `mutation { login(input: { email: "a", password: ["${CANARY}"] }) { __typename } }`],
    ['an input without what it needs', `mutation { login(input: { email: "${CANARY}" }) { __typename } }`],
    ['a subscription', `subscription ${CANARY} { __typename }`],
  ])('that does not fit the schema is GRAPHQL_VALIDATION_FAILED: %s', async (_description, query) =>
    isRefused(await app.post(JSON.stringify({ query })), validationFailed),
  );

  it.each([
    ['{ mee { id } }', 'Cannot query field "mee" on type "Query".'],
    ['{ user(idd: "1") { id } }', 'Unknown argument "idd" on field "Query.user".'],
    ['{ user { id } }', 'Field "user" argument "id" of type "ID!" is required, but it was not provided.'],
    ['query ($a: Idd) { user(id: $a) { id } }', 'Unknown type "Idd".'],
    [
      'mutation { login(input: { email: "a", password: "b", pasword: 1 }) { __typename } }',
      'Field "pasword" is not defined by type "LoginInput".',
    ],
    ['query ($id: ID!) { user(id: $id) { id } }', 'Variable "$id" of required type "ID!" was not provided.'],
  ])('names what does not exist, and never suggests a name: %s', async (query, message) => {
    const { status, errors, text } = await app.post(JSON.stringify({ query }));
    expect({ status, messages: errors.map((error) => error.message) }).toEqual({ status: 400, messages: [message] });
    expect(text).not.toMatch(/did you mean/i);
  });
});
