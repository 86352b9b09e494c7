import type { FastifyInstance } from 'fastify';

import type { Auth } from '../auth/auth.js';

/**
 * `/healthz` answers while the process lives: restart it when it does not. `/readyz` answers 200 while requests can be
 * served, which needs the database; the keys were read when it started: send no traffic when it does not.
 */
export const health = (server: FastifyInstance, auth: Auth): void => {
  server.get('/healthz', { logLevel: 'warn' }, () => ({ status: 'ok' }));
  server.get('/readyz', { logLevel: 'warn' }, async (_request, reply) => {
    const isReady = await auth.ready().then(
      () => true,
      () => false,
    );
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'unavailable' });
  });
};
