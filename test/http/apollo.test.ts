import { serverAudits } from 'graphql-http';

import { startApp, type TestApp } from '../support/app.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

/** What the audits would have otherwise, and why it is as it is. */
const explained: Readonly<Record<string, string>> = {
  '572B':
    'A document that does not parse is a 400 also for application/json, so that proxies and clients see a failure.',
  FDE2: 'The same for a document that does not fit the schema.',
  '7B9B': 'The same for variables that do not fit.',
};

/** A page can send a GET without asking; one that shows by a header that it had to ask is answered. */
const withoutPreflight: Readonly<Record<string, string>> = {
  '5A70': 'A GET without a header that forces a preflight is refused.',
  D6D5: 'The same with variables.',
  '6A70': 'The same with variables, for application/json.',
};

const audit = async (headers: Readonly<Record<string, string>> = {}) => {
  const fetchFn: typeof fetch = (url, init) =>
    fetch(url, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), ...headers } });
  const audits = serverAudits({ url: `${app.url}/graphql`, fetchFn });
  const results = await Promise.all(audits.map(({ fn }) => fn()));
  expect(results.length).toBeGreaterThan(50);
  return results.filter(({ status }) => status !== 'ok');
};

// https://graphql.github.io/graphql-over-http/draft/
describe('GraphQL over HTTP', () => {
  it('breaks no rule, and departs from a recommendation only where that is explained', async () => {
    const found = await audit();
    expect(found.filter(({ status }) => status === 'error')).toEqual([]);
    expect(found.map(({ id }) => id).sort()).toEqual(Object.keys({ ...explained, ...withoutPreflight }).sort());
  });

  it('takes a GET from a client that shows that it is no form', async () => {
    const found = await audit({ 'apollo-require-preflight': 'true' });
    expect(found.map(({ id }) => id).sort()).toEqual(Object.keys(explained).sort());
  });
});
