import type { FastifyInstance } from 'fastify';

import { httpError, pathOf } from './request-head.js';

/**
 * Refuses with 405 and `Allow` what a known path does not answer to, and reads no body. For use before the routes are
 * added: it learns the methods of each from them.
 *
 * @see RFC 9110 section 15.5.6
 */
export const refuseOtherMethods = (server: FastifyInstance): void => {
  const methodsByPath = new Map<string, string[]>();
  server.addHook('onRoute', ({ url, method }) => {
    methodsByPath.set(url, [...(methodsByPath.get(url) ?? []), ...[method].flat()]);
  });
  server.addHook('onRequest', (request, reply, done) => {
    const methods = methodsByPath.get(pathOf(request.url));
    if (methods === undefined || methods.includes(request.method)) {
      done();
      return;
    }
    reply.header('allow', methods.join(', '));
    done(httpError(405, 'method'));
  });
};
