import fc from 'fast-check';

import { bearer, startApp, type TestApp } from '../support/app.js';
import { fuzzedBody, fuzzedDocument, type FuzzedRequest } from '../support/fuzzed-requests.js';

/** As many as take some seconds; `npm run bench -- fuzz` sends 10,000 of each and measures them. */
const RUNS = 200;

let app: TestApp;
let authorization: Record<string, string>;

beforeAll(async () => {
  app = await startApp();
  authorization = bearer((await app.newcomer('ADMIN')).tokens.accessToken);
});

afterAll(async () => {
  await app.close();
});

const isAnswered = async ({ headers, body }: FuzzedRequest) => {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { ...headers, ...authorization },
    body,
  });
  expect(response.status).toBeLessThan(500);
  expect(Object.keys(JSON.parse(await response.text()) as object)).not.toEqual([]);
};

describe('F1, F2, F5: random requests', () => {
  // When one fails, fast-check prints it with the seed.
  it.each([
    ['documents', fuzzedDocument],
    ['bodies', fuzzedBody],
  ])(
    'cause no fault: %s',
    async (_description, request) => {
      await fc.assert(fc.asyncProperty(request, isAnswered), { numRuns: RUNS });
      expect(app.log.filter((line) => line.includes('"level":50'))).toEqual([]);
    },
    120_000,
  );
});
