import Fastify from 'fastify';

import type { Auth } from '../../src/auth/auth.js';
import { addHealthRoutes } from '../../src/http/health.js';

describe('the health endpoints', () => {
  let isReady = true;
  const server = Fastify();
  let isReadOnly = false;
  let receivesNotices = true;
  const watch: Awaited<ReturnType<Auth['watchDatabase']>> = {
    isReady: () => isReady,
    isReadOnly: () => isReadOnly,
    receivesNotices: () => receivesNotices,
  };
  addHealthRoutes(server, { watchDatabase: () => Promise.resolve(watch) });

  let url: string;

  beforeAll(async () => {
    url = await server.listen({ host: '127.0.0.1', port: 0 });
  });

  afterAll(() => server.close());

  it('report a server that is ready', async () => {
    const [live, ready] = [await fetch(`${url}/healthz`), await fetch(`${url}/readyz`)];
    expect([live, ready].map(({ headers }) => headers.get('cache-control'))).toEqual(['no-store', 'no-store']);
    expect([live.status, await live.json()]).toEqual([200, { status: 'ok' }]);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
  });

  it('still report a server that is ready, and say so, while notices of revocations do not arrive', async () => {
    receivesNotices = false;
    const ready = await fetch(`${url}/readyz`);
    receivesNotices = true;
    expect([ready.status, await ready.json()]).toEqual([
      200,
      {
        status: 'ready',
        detail: 'Notices of revocations do not arrive. The session is read from the database on every request.',
      },
    ]);
  });

  it('say that the database is read-only', async () => {
    isReady = false;
    isReadOnly = true;
    const ready = await fetch(`${url}/readyz`);
    [isReady, isReadOnly] = [true, false];
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'unavailable', detail: 'The database is read-only.' },
    ]);
  });

  it('ask for no traffic, but for no restart, while the database is unavailable', async () => {
    isReady = false;
    const [live, ready] = [await fetch(`${url}/healthz`), await fetch(`${url}/readyz`)];
    expect(live.status).toBe(200);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'unavailable' }]);
  });
});
