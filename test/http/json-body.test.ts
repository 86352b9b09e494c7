import { gzipSync } from 'node:zlib';

import { startApp, type TestApp } from '../support/app.js';
import { sendRaw } from '../support/raw-http.js';
import { badRequest, CANARY, tooLarge, watchForTraces, type AssertRejected } from '../support/rejected-request.js';

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

describe('a body that is not a GraphQL request', () => {
  it.each([
    ['nothing', ''],
    ['white space', '  \n '],
    ['half of an object', `{"query": "{ me { id } }", "${CANARY}`],
    ['a text without quotes', CANARY],
    ['a comma too many', `{"query":"{ me { id } }","variables":{"${CANARY}":1,}}`],
    ['single quotes', `{'query':'{ ${CANARY} }'}`],
    ['two objects', `{"query":"{ me { id } }"}{"${CANARY}":1}`],
    ['a byte order mark', `\ufeff{"${CANARY}":1}`],
    ['a NUL', `{"query":"\0${CANARY}"}`],
    ['null', 'null'],
    ['a number', '1'],
    ['a text', `"${CANARY}"`],
    ['an array', `["${CANARY}"]`],
    ['an empty object', '{}'],
    ['no query', `{"variables":{"a":"${CANARY}"}}`],
    ['a query that is null', `{"query":null,"a":"${CANARY}"}`],
    ['a query that is a number', `{"query":1,"a":"${CANARY}"}`],
    ['a query that is an object', `{"query":{"${CANARY}":1}}`],
    ['an empty query', '{"query":""}'],
    ['variables that are a text', `{"query":"{ __typename }","variables":"${CANARY}"}`],
    ['variables that are an array', `{"query":"{ __typename }","variables":["${CANARY}"]}`],
    ['an operationName that is a number', `{"query":"{ __typename }","operationName":1,"a":"${CANARY}"}`],
    ['an operationName that nobody defined', `{"query":"{ __typename }","operationName":"${CANARY}"}`],
    ['two operations and no name', `{"query":"query ${CANARY}A { __typename } query ${CANARY}B { __typename }"}`],
    ['extensions that are a text', `{"query":"{ __typename }","extensions":"${CANARY}"}`],
    ['a prototype', `{"query":"{ __typename }","__proto__":{"${CANARY}":1}}`],
    ['a constructor', `{"query":"{ __typename }","constructor":{"prototype":{"${CANARY}":1}}}`],
  ])('is BAD_REQUEST: %s', async (_description, body) => isRefused(await app.post(body), badRequest));

  it('is BAD_REQUEST when its bytes are no UTF-8', async () => {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.concat([Buffer.from(`{"query":"{ ${CANARY} `), Buffer.from([0xff, 0xfe, 0xc0]), Buffer.from('}"}')]),
    });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain(CANARY);
  });

  it.each(['utf-16', 'iso-8859-1', CANARY])('is no fault of ours in the charset %s', async (charset) => {
    const { status } = await app.post('{"query":"{ __typename }"}', {
      'content-type': `application/json; charset=${charset}`,
    });
    expect([200, 400, 415]).toContain(status);
  });

  it('is refused when it is packed, though the bomb in it be small', async () => {
    const body = gzipSync(JSON.stringify({ query: '{ __typename }', variables: { a: CANARY.repeat(1_000_000) } }));
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body,
    });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });

  it('is refused when it is longer or shorter than its Content-Length', async () => {
    const head = (length: string) =>
      `POST /graphql HTTP/1.1\nContent-Type: application/json\nContent-Length: ${length}`;
    const body = `{"query":"{ ${CANARY} }"}`;
    await isRefused(await sendRaw(app.url, head('5'), body), badRequest);
    await isRefused(await sendRaw(app.url, head('-1'), body), badRequest);
    await isRefused(await sendRaw(app.url, head('1e9'), body), badRequest);
    await isRefused(await sendRaw(app.url, head('200000'), body), tooLarge);
  });
});
