import { createSchema } from '../../src/graphql/schema.js';
import { createServer } from '../../src/http/server.js';
import { createLog } from '../../src/server/log.js';
import { HASH_DEADLINE_MS, OPERATION_DEADLINE_SECONDS, STALLED_CONNECTION_SECONDS } from '../../src/values/policy.js';
import { CONNECT_MS, serverLimit } from '../../src/store/database/deadlines.js';
import { startApp, type TestApp } from '../support/app.js';
import { createHangingFields } from '../support/hanging-fields.js';
import { untilMs } from '../support/patience.js';

let app: TestApp;
const fields = createHangingFields();
const log: string[] = [];

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const startServer = async () => {
  const serverLog = createLog(app.config, { write: (line) => log.push(line) });
  const server = await createServer({
    config: app.config,
    auth: app.gatehouse.auth,
    translations: app.gatehouse.pageTranslations,
    schema: createSchema([fields.resolver]),
    log: serverLog,
    // Each failure in full: the requests of these tests follow each other.
    burstLog: serverLog,
    operationDeadlineSeconds: 1,
  });
  return { server, url: await server.listen({ host: '127.0.0.1', port: 0 }) };
};

const ask = async (url: string, query: string) => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return { response, body: (await response.json()) as Record<string, unknown> };
};

const isUnavailable = ({ response, body }: Awaited<ReturnType<typeof ask>>) => {
  expect(response.status).toBe(503);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(Object.keys(body)).toEqual(['errors']);
  expect(body).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true } }] });
  const id = response.headers.get('x-request-id') ?? '?';
  return log.filter((line) => line.includes(id));
};

describe('H5: an operation that does not end', () => {
  it('is answered when its time is over, and the log names it', async () => {
    const { server, url } = await startServer();
    const lines = isUnavailable(await ask(url, 'query Slow { authConfig { signUp } hangs }'));
    await server.close();
    expect(lines.some((line) => line.includes('did not end within 1 seconds') && line.includes('"level":40'))).toBe(
      true,
    );
    expect(log.some((line) => line.includes('"operation":"Slow"'))).toBe(true);
    expect(log.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  it('starts no further field of a mutation after the client was told that it failed', async () => {
    const { server, url } = await startServer();
    const answer = await ask(url, 'mutation { waits counts }');
    isUnavailable(answer);
    const id = answer.response.headers.get('x-request-id') ?? '?';
    const failures = () => log.filter((line) => line.includes(id) && line.includes('"level":40')).length;
    expect(failures()).toBe(1);
    fields.release();
    // The field that may not start is reported like any other that fails.
    await untilMs(() => Promise.resolve(failures() === 2));
    await server.close();
    expect(fields.count()).toBe(0);
  });

  it('does not keep the server from closing', async () => {
    const { server, url } = await startServer();
    const called = fields.nextCall();
    const answer = ask(url, '{ hangs }');
    await called;
    await server.close();
    isUnavailable(await answer);
  });

  it('has more time than all that one field of ours waits for, and less than common proxies do', () => {
    const waits = [HASH_DEADLINE_MS, CONNECT_MS, serverLimit(), 30_000];
    expect(OPERATION_DEADLINE_SECONDS * 1000).toBeGreaterThan(waits.reduce((sum, wait) => sum + wait));
    expect(OPERATION_DEADLINE_SECONDS).toBeLessThan(60);
    expect(STALLED_CONNECTION_SECONDS).toBeGreaterThan(OPERATION_DEADLINE_SECONDS);
  });
});
