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
});
