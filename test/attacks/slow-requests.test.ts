import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

import { createSchema } from '../../src/graphql/schema.js';
import { createServer } from '../../src/http/server.js';
import { createLog } from '../../src/server/log.js';
import { startApp, type TestApp } from '../support/app.js';
import { createHangingFields } from '../support/hanging-fields.js';
import { untilMs } from '../support/patience.js';
import {
  KEEP_ALIVE_SECONDS,
  MAX_CONNECTIONS,
  REQUEST_TIMEOUT_SECONDS,
  STALLED_CONNECTION_SECONDS,
} from '../../src/values/policy.js';

let app: TestApp;
let server: Awaited<ReturnType<typeof createServer>>;
const log: string[] = [];

beforeAll(async () => {
  app = await startApp();
  server = await createServer({
    config: app.config,
    auth: app.gatehouse.auth,
    translations: app.gatehouse.pageTranslations,
    schema: createSchema([createHangingFields().resolver]),
    log: createLog(app.config, { write: (line) => log.push(line) }),
    burstLog: app.gatehouse.burstLog,
    requestTimeoutSeconds: 1,
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await server.close();
  await app.close();
});

const CANARY = 'kanarienvogel';
const head =
  'POST /graphql HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n';

/** Sends a text at once, then another character by character for as long as the server lets it; answers what came back. */
const sendSlowly = async (atOnce: string, slowly: string): Promise<string> => {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(atOnce);
  const timer = drip(socket, slowly);
  const response = await text(socket);
  clearInterval(timer);
  return response;
};

const drip = (socket: Socket, characters: string) => {
  let sent = 0;
  return setInterval(() => {
    if (socket.writable && sent < characters.length) socket.write(characters.charAt(sent++));
  }, 100);
};

const isCutOff = (response: string) => {
  const [responseHead = '', body = ''] = response.split('\r\n\r\n');
  expect(responseHead).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST', retryable: false } }] });
  const id = /^x-request-id: (.+)$/im.exec(responseHead)?.[1] ?? '?';
  expect(log.some((line) => line.includes(id) && line.includes('"statusCode":408'))).toBe(true);
  expect(log.filter((line) => line.includes('"level":50') || line.includes(CANARY))).toEqual([]);
};

describe('F10: a client that is too slow', () => {
  it.each([
    ['sends nothing', '', ''],
    ['sends the request line alone', `GET /graphql?${CANARY} HTTP/1.1\r\n`, ''],
    ['sends a head without an end', 'GET /graphql HTTP/1.1\r\nHost: a\r\nX-A: ', CANARY.repeat(20)],
    ['sends a head and no body', head, ''],
    ['sends a body without an end', head, ' '.repeat(20)],
    [
      'sends chunks without an end',
      head.replace(/Content-Length: 26/, 'Transfer-Encoding: chunked'),
      '1\r\n \r\n'.repeat(40),
    ],
  ])('is cut off: it %s', async (_description, atOnce, slowly) => {
    isCutOff(await sendSlowly(atOnce, slowly));
  });

  it('is cut off at a second request over the same connection', async () => {
    const response = await sendSlowly('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /', 'a'.repeat(40));
    const second = response.indexOf('HTTP/1.1 408');
    expect(response).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    isCutOff(response.slice(second));
  });

  it('is served when it is only a little slow', async () => {
    const response = await sendSlowly(`${head}{"query":"{ __typename }"`, '}');
    expect(response).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it('has the documented number of seconds', () => {
    const { requestTimeout, headersTimeout, keepAliveTimeout, timeout } = app.gatehouse.server.server;
    expect([requestTimeout, headersTimeout, keepAliveTimeout, timeout]).toEqual(
      [REQUEST_TIMEOUT_SECONDS, REQUEST_TIMEOUT_SECONDS, KEEP_ALIVE_SECONDS, STALLED_CONNECTION_SECONDS].map(
        (seconds) => seconds * 1000,
      ),
    );
  });

  it('is cut off when it does not read its response', async () => {
    const { timeout } = server.server;
    server.server.timeout = 1000;
    const accepted = once(server.server, 'connection') as Promise<[Socket]>;
    const client = open();
    const [connection] = await accepted;
    server.server.timeout = timeout;
    const closed = once(connection, 'close');
    const body = '{"query":"{ fills }"}';
    client.pause();
    client.write(`${head.replace('26', String(body.length))}${body}`);
    await closed;
    expect(client.bytesRead).toBeLessThan(32 * 1024 * 1024);
    client.destroy();
  });
});

const portOf = ({ server: listener }: typeof server) => (listener.address() as AddressInfo).port;

const open = (of = server) => connect(portOf(of), '127.0.0.1').on('error', () => undefined);

/** Opens a connection that has been used, and waits for its next request. */
const openUsed = async (of = server) => {
  const socket = open(of);
  socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(socket, 'data');
  return socket;
};

const connectionsOf = ({ server: listener }: typeof server) => promisify(listener.getConnections.bind(listener))();

describe('F10: many connections', () => {
  it('that do nothing leave the server to others', async () => {
    const { server: of } = app.gatehouse;
    const sockets = Array.from({ length: 200 }, () => open(of));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (const socket of sockets.slice(0, 100)) socket.write('POST /graphql HTTP/1.1\r\nHost: a\r\nX-A: ');
    sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => openUsed(of)))));
    expect(await connectionsOf(of)).toBeGreaterThanOrEqual(300);
    for (let i = 0; i < 10; i += 1) expect((await app.post('{"query":"{ __typename }"}')).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  it('are closed without a response beyond the limit, with one line in the log', async () => {
    expect(app.gatehouse.server.server.maxConnections).toBe(MAX_CONNECTIONS);
    const used = [await openUsed(), await openUsed()];
    await untilMs(async () => (await connectionsOf(server)) === used.length);
    server.server.maxConnections = used.length;
    const refused = await Promise.all(Array.from({ length: 5 }, () => text(open())));
    server.server.maxConnections = MAX_CONNECTIONS;
    expect(refused).toEqual(['', '', '', '', '']);
    const lines = log.filter((line) => line.includes('connections were refused'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 40, refused: 1, limit: used.length });
    for (const socket of [...used, await openUsed()]) socket.destroy();
  });
});
