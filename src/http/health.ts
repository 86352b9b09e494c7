import type { FastifyInstance } from 'fastify';

import type { Auth } from '../auth/auth.js';

/**
 * `/healthz` answers while the process lives: restart it when it does not. `/readyz` answers 200 while requests can be
 * served, which needs the database; the keys were read when it started: send no traffic when it does not. It responds at
 * once, from the result of the last probe, however busy or silent the database is.
 */
export const healthRoutes = (server: FastifyInstance, auth: Auth): void => {
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
