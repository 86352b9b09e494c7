import { once } from 'node:events';
import { connect } from 'node:net';

import { print } from 'graphql';

import { createServer } from '../../src/http/server.js';
import { createSchema } from '../../src/graphql/schema.js';
import { createLog } from '../../src/server/log.js';
import { bearer, startApp, type TestApp, type TestUser } from '../support/app.js';
import { LoginDocument, MeDocument } from '../support/generated/operations.js';

let app: TestApp;
let user: TestUser;

beforeAll(async () => {
  app = await startApp();
  user = await app.createUser();
});

afterAll(() => app.close());

/** Everything that a server sends until it closes the connection. */
const conversation = async (url: string, bytes: string): Promise<string> => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return text;
};

const statusLines = (text: string) => text.match(/HTTP\/1\.1 \d{3}/g);

describe('bytes that are no request, behind a request', () => {
  it('do not replace the response to a login', async () => {
    const body = JSON.stringify({
      query: print(LoginDocument),
      variables: { input: { email: user.email, password: user.password } },
    });
    const head = `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const text = await conversation(app.url, `${head}${body}GARBAGE\r\n\r\n`);
    expect(statusLines(text)).toEqual(['HTTP/1.1 200']);
    const token = /"accessToken":"([^"]+)"/.exec(text)?.[1] ?? '';
    expect((await app.send(MeDocument, {}, bearer(token))).status).toBe(200);
  });

  it('do not replace the response to a probe', async () => {
    const text = await conversation(app.url, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGARBAGE\r\n\r\n');
    expect(statusLines(text)).toEqual(['HTTP/1.1 200']);
  });
});

describe('a body that never ends, of a request that was answered without it', () => {
  it('gets no second response, which would be mistaken for that of another request', async () => {
    const { config, gatehouse } = app;
    const log = createLog({ logLevel: 'silent' });
    const { auth, burstLog, pageTranslations: translations } = gatehouse;
    const options = { config, auth, translations, schema: createSchema(), log, burstLog, requestTimeoutSeconds: 1 };
    const impatient = await createServer(options);
    const url = await impatient.listen({ host: '127.0.0.1', port: 0 });
    const text = await conversation(url, 'GET /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\nx');
    await impatient.close();
    expect(statusLines(text)).toEqual(['HTTP/1.1 404']);
  });
});
