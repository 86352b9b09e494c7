import type { FastifyInstance } from 'fastify';

import { HttpError, pathOf } from './request-head.js';

/**
 * Rejects a method that a known path does not support with 405 and `Allow`, without reading the body. Call this before the
 * routes are added: it collects their methods.
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
    done(new HttpError(405, `This path supports ${methods.join(', ')} only.`));
  });
};
