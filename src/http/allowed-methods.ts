import type { FastifyInstance } from 'fastify';

import { HttpError, pathOf } from './request-head.js';

/** Returns the methods of the routes of a path; undefined for a path without a route. */
export type MethodsOf = (path: string) => readonly string[] | undefined;

/** Collects the methods of the routes that are added from now on. */
export const collectMethods = (server: FastifyInstance): MethodsOf => {
  const methodsByPath = new Map<string, string[]>();
  const patterns = new Map<string, RegExp>();
  server.addHook('onRoute', ({ url, method }) => {
    methodsByPath.set(url, [...(methodsByPath.get(url) ?? []), ...[method].flat()]);
    if (url.includes('/:')) patterns.set(url, patternOf(url));
  });
  return (path) => {
    const urls = [...patterns].filter(([url, pattern]) => url !== path && pattern.test(path)).map(([url]) => url);
    if (urls.length === 0) return methodsByPath.get(path);
    return [...new Set([path, ...urls].flatMap((url) => methodsByPath.get(url) ?? []))];
  };
};

/** Matches the paths of a route with named segments. */
const patternOf = (url: string): RegExp =>
  new RegExp(`^${url.replaceAll(/[.~-]/g, '\\$&').replaceAll(/:\w+/g, '[^/]+')}$`);

/**
 * Rejects a method that a known path does not support with 405 and `Allow`, without reading the body.
 *
 * @see RFC 9110 section 15.5.6
 */
export const refuseOtherMethods = (server: FastifyInstance, methodsOf: MethodsOf): void => {
  server.addHook('onRequest', (request, reply, done) => {
    const methods = methodsOf(pathOf(request.url));
    if (methods === undefined || methods.includes(request.method)) {
      done();
      return;
    }
    reply.header('allow', methods.join(', '));
    done(new HttpError(405, `This path supports ${methods.join(', ')} only.`));
  });
};
