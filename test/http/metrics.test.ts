import type { FastifyInstance } from 'fastify';

import { createMetricsServer } from '../../src/http/metrics.js';
import { createLog } from '../../src/server/log.js';
import { KEEP_ALIVE_SECONDS, MAX_CONNECTIONS, REQUEST_TIMEOUT_SECONDS } from '../../src/values/policy.js';

describe('the server of /metrics', () => {
  const log: string[] = [];
  let server: FastifyInstance;
  let url: string;

  beforeAll(async () => {
    server = await createMetricsServer(
      { contentType: 'text/plain; version=0.0.4', text: () => Promise.resolve('logins 1\n') },
      {
        log: createLog({ logLevel: 'info' }, { write: (line) => log.push(line) }),
        isHttps: true,
        isSchemaPublic: false,
        onFault: () => undefined,
      },
    );
    url = await server.listen({ host: '127.0.0.1', port: 0 });
  });

  afterAll(() => server.close());

  it('sends the metrics in their own content type', async () => {
    const response = await fetch(`${url}/metrics`);
    expect([response.status, await response.text()]).toEqual([200, 'logins 1\n']);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  });

  it('serves nothing else', async () => {
    expect((await fetch(`${url}/graphql`)).status).toBe(404);
  });

  it('logs no requests', async () => {
    await fetch(`${url}/metrics`);
    expect(log.filter((line) => line.includes('request'))).toEqual([]);
  });

  it('has the limits of the other server', () => {
    const { requestTimeout, headersTimeout, keepAliveTimeout, maxConnections } = server.server;
    expect({ requestTimeout, headersTimeout, keepAliveTimeout, maxConnections }).toEqual({
      requestTimeout: REQUEST_TIMEOUT_SECONDS * 1000,
      headersTimeout: REQUEST_TIMEOUT_SECONDS * 1000,
      keepAliveTimeout: KEEP_ALIVE_SECONDS * 1000,
      maxConnections: MAX_CONNECTIONS,
    });
  });
});
