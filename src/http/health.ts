import type { FastifyInstance } from 'fastify';

import type { Auth } from '../auth/auth.js';

type Watch = Awaited<ReturnType<Auth['watchDatabase']>>;

/**
 * Adds the health endpoints. `/healthz` responds as long as the process runs; if it does not, restart the process.
 * `/readyz` responds with 200 while the database is reachable; if it does not, send no traffic. It responds immediately with
 * the result of the last probe, however slow the database is. A sentence in `detail` describes a state that an operator can end.
 */
export const addHealthRoutes = (server: FastifyInstance, auth: Pick<Auth, 'watchDatabase'>): void => {
  let database: Watch | undefined;
  server.addHook('onReady', async () => {
    database = await auth.watchDatabase();
  });
  // A proxy that caches must not keep a state.
  server.get('/healthz', { logLevel: 'warn' }, (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  server.get('/readyz', { logLevel: 'warn' }, async (_request, reply) => {
    const isReady = database?.isReady() === true;
    const detail = database && detailOf(database);
    return reply
      .header('cache-control', 'no-store')
      .code(isReady ? 200 : 503)
      .send({ status: isReady ? 'ready' : 'unavailable', ...detail });
  });
};

const detailOf = (database: Watch): { detail: string } | undefined => {
  if (database.isReadOnly()) return { detail: 'The database is read-only.' };
  if (!database.isReady() || database.receivesNotices()) return undefined;
  return { detail: 'Notices of revocations do not arrive. The session is read from the database on every request.' };
};
