import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

import type { MethodsOf } from './allowed-methods.js';
import { pathOf } from './request-head.js';
import { isWellKnownPath } from './well-known.js';

export interface CorsOptions {
  /** The origins whose pages may read responses and send the refresh cookie. */
  readonly origins: ReadonlySet<string>;
  readonly methodsOf: MethodsOf;
  /** Called with the origin of a preflight that is refused. */
  readonly onRefusedOrigin: (origin: string | undefined) => void;
}

/** How long a browser may reuse the response to a preflight, in seconds. */
const PREFLIGHT_MAX_AGE = 600;

/**
 * Adds the headers of CORS. A page of a listed origin can read every path that has a route, with credentials; a page of any
 * origin can read the well-known documents, without. Every response has `Vary: Origin`. Any other preflight gets the response
 * of an OPTIONS request: 405, or 404 where no route is.
 *
 * Call this before the routes are added, so that no plugin responds to a preflight before this one.
 */
export const addCors = (server: FastifyInstance, { origins, methodsOf, onRefusedOrigin }: CorsOptions) =>
  server.register(cors, {
    delegator: ({ headers, url }, done) => {
      const path = pathOf(url);
      const methods = methodsOf(path);
      // Otherwise the plugin would refuse an OPTIONS request that is not a preflight in its own format.
      const preflight = headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
      const common = { preflight, methods: [...(methods ?? [])], maxAge: PREFLIGHT_MAX_AGE };
      if (isWellKnownPath(path)) {
        done(null, { ...common, origin: methods ? '*' : false });
        return;
      }
      const { origin } = headers;
      const isAllowed = origin !== undefined && origins.has(origin);
      if (preflight && !isAllowed) onRefusedOrigin(origin);
      done(null, {
        ...common,
        origin: isAllowed && methods ? origin : false,
        credentials: isAllowed,
        exposedHeaders: ['WWW-Authenticate', 'Retry-After', 'X-Request-Id'],
      });
    },
  });
