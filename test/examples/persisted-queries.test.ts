import { createHash } from 'node:crypto';

import {
  ApolloClient as ApolloClient4,
  gql,
  HttpLink as HttpLink4,
  InMemoryCache as InMemoryCache4,
} from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import {
  ApolloClient as ApolloClient3,
  HttpLink as HttpLink3,
  InMemoryCache as InMemoryCache3,
} from 'apollo-client-3/core/index.js';
import { createPersistedQueryLink } from 'apollo-client-3/link/persisted-queries/index.js';

import { startApp, type TestApp } from '../support/app.js';

let app: TestApp;
let url: string;
/** What the server answered to the client, request by request. */
let statuses: number[] = [];

beforeAll(async () => {
  app = await startApp();
  url = `${app.url}/graphql`;
});

beforeEach(() => {
  statuses = [];
});

afterEach(() => {
  expect(app.log.filter((line) => /"level":[56]0/.test(line))).toEqual([]);
});

afterAll(async () => {
  await app.close();
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const observed: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  statuses.push(response.status);
  return response;
};

const preflight = { 'apollo-require-preflight': 'true' };
const ANSWER = { authConfig: { __typename: 'AuthConfig', signUp: 'OPEN' } };
const CONFIG = 'query Config { authConfig { __typename signUp } }';

describe('a link for persisted queries sends the document after the hash', () => {
  it.each([false, true])('Apollo Client 4, hashes by GET: %s', async (useGETForHashedQueries) => {
    const link = new PersistedQueryLink({ sha256, useGETForHashedQueries });
    const http = new HttpLink4({ uri: url, fetch: observed, headers: preflight });
    const client = new ApolloClient4({ cache: new InMemoryCache4(), link: link.concat(http) });
    const { data } = await client.query({ query: gql(CONFIG), fetchPolicy: 'network-only' });
    expect(data).toEqual(ANSWER);
    await client.query({ query: gql(CONFIG), fetchPolicy: 'network-only' });
    // It has learned that the server knows no hashes.
    expect(statuses).toEqual([200, 200, 200]);
  });

  it.each([false, true])('Apollo Client 3, hashes by GET: %s', async (useGETForHashedQueries) => {
    const link = createPersistedQueryLink({ sha256, useGETForHashedQueries });
    const http = new HttpLink3({ uri: url, fetch: observed, headers: preflight });
    const client = new ApolloClient3({ cache: new InMemoryCache3(), link: link.concat(http) });
    const result = await client.query({ query: gql(CONFIG), fetchPolicy: 'network-only' });
    expect(result.data).toEqual(ANSWER);
    await client.query({ query: gql(CONFIG), fetchPolicy: 'network-only' });
    expect(statuses).toEqual([200, 200, 200]);
  });

  it.each([false, true])('urql, hashes by GET: %s', async (preferGetForPersistedQueries) => {
    const persisted = persistedExchange({
      preferGetForPersistedQueries,
      generateHash: (query) => Promise.resolve(sha256(query)),
    });
    const client = new Client({
      url,
      fetch: observed,
      fetchOptions: { headers: preflight },
      preferGetMethod: false,
      exchanges: [persisted, fetchExchange],
    });
    const { data, error } = await client.query<unknown>(CONFIG, {}).toPromise();
    expect(error).toBeUndefined();
    expect(data).toEqual(ANSWER);
    await client.query(CONFIG, {}).toPromise();
    expect(statuses).toEqual([200, 200, 200]);
  });
});

describe('a persisted query', () => {
  const refused = {
    status: 200,
    body: {
      errors: [
        {
          message: 'PersistedQueryNotSupported',
          extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED', retryable: false },
        },
      ],
    },
  };
  const read = async (response: Response) => ({ status: response.status, body: await response.json() });
  const get = (extensions: string, query = '') =>
    fetch(`${url}?extensions=${encodeURIComponent(extensions)}${query}`, { headers: preflight });
  const post = (body: string, accept = 'application/json') =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', accept }, body });

  it.each([
    ['a hash alone', '{"persistedQuery":{"version":1,"sha256Hash":"aaaa"}}'],
    ['another version', '{"persistedQuery":{"version":2,"sha256Hash":"aaaa"}}'],
    ['no version', '{"persistedQuery":{"sha256Hash":1}}'],
    ['a text', '{"persistedQuery":"aaaa"}'],
    ['a list', '{"persistedQuery":[]}'],
  ])('is not supported, by POST and by GET: %s', async (_description, extensions) => {
    expect(await read(await post(`{"extensions":${extensions}}`))).toEqual(refused);
    expect(await read(await post(`{"extensions":${extensions}}`, 'application/graphql-response+json'))).toEqual(
      refused,
    );
    expect(await read(await get(extensions))).toEqual(refused);
  });

  it('runs like any other query if it has its document, regardless of its hash', async () => {
    const extensions = '{"persistedQuery":{"version":1,"sha256Hash":"aaaa"}}';
    const executed = { status: 200, body: { data: { __typename: 'Query' } } };
    expect(await read(await post(`{"query":"{ __typename }","extensions":${extensions}}`))).toEqual(executed);
    expect(await read(await get(extensions, '&query={__typename}'))).toEqual(executed);
  });

  it.each(['{"persistedQuery":null}', '{"persistedQuery":0}', '{}', 'null'])(
    'is none, and the request has no document: %s',
    async (extensions) => {
      const { status, body } = await read(await post(`{"extensions":${extensions}}`));
      expect(status).toBe(400);
      expect(body).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    },
  );

  it.each(['"aaaa"', '[]', '1', '{'])('is malformed with the extensions %s', async (extensions) => {
    for (const response of [await post(`{"extensions":${extensions}}`), await get(extensions)]) {
      expect(response.status).toBe(400);
      expect(await response.text()).toContain('BAD_REQUEST');
    }
  });
});
