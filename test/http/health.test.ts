import Fastify from 'fastify';

import type { Auth } from '../../src/auth/auth.js';
import { addHealthRoutes } from '../../src/http/health.js';

describe('the health endpoints', () => {
  let isReady = true;
  const server = Fastify();
  const watch = { isReady: () => isReady } as Awaited<ReturnType<Auth['watchDatabase']>>;
  addHealthRoutes(server, { watchDatabase: () => Promise.resolve(watch) });

  let url: string;

  beforeAll(async () => {
    url = await server.listen({ host: '127.0.0.1', port: 0 });
  });

  afterAll(() => server.close());

  it('report a server that is ready', async () => {
    const [live, ready] = [await fetch(`${url}/healthz`), await fetch(`${url}/readyz`)];
    expect([live.status, await live.json()]).toEqual([200, { status: 'ok' }]);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
  });

  it('ask for no traffic, but for no restart, while the database is unavailable', async () => {
    isReady = false;
    const [live, ready] = [await fetch(`${url}/healthz`), await fetch(`${url}/readyz`)];
    expect(live.status).toBe(200);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'unavailable' }]);
  });
});
