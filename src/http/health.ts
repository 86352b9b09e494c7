import type { FastifyInstance } from 'fastify';

import type { Auth } from '../auth/auth.js';

/**
 * Adds the health endpoints. `/healthz` responds as long as the process runs; if it does not, restart the process.
 * `/readyz` responds with 200 while the database is reachable; if it does not, send no traffic. It responds immediately with
 * the result of the last probe, however slow the database is.
 */
export const addHealthRoutes = (server: FastifyInstance, auth: Pick<Auth, 'watchDatabase'>): void => {
  let database: Awaited<ReturnType<Auth['watchDatabase']>> | undefined;
  server.addHook('onReady', async () => {
    database = await auth.watchDatabase();
  });
  server.get('/healthz', { logLevel: 'warn' }, () => ({ status: 'ok' }));
  server.get('/readyz', { logLevel: 'warn' }, async (_request, reply) => {
    const isReady = database?.isReady() === true;
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'unavailable' });
  });
};
