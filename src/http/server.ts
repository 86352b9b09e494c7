import { randomUUID } from 'node:crypto';

import { fastifyApolloHandler } from '@as-integrations/fastify';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';

import type { Auth } from '../auth/auth.js';
import type { Config } from '../config.js';
import { GatehouseError } from '../errors.js';
import { createContext, type Context } from '../graphql/context.js';
import { acceptedLanguages } from './accept-language.js';
import { createApollo, withStatus } from './apollo.js';
import { createClientAddress } from './client-address.js';
import { jsonErrors, malformedRequest } from './errors.js';
import { health } from './health.js';
import { pages } from './pages.js';
import { createRefreshCookies } from './refresh-cookie.js';
import { createUnknownProxyCheck } from './unknown-proxy.js';
import { wellKnown } from './well-known.js';

/** What the HTTP server is made of. */
export interface ServerOptions {
  readonly config: Config;
  readonly auth: Auth;
  readonly schema: GraphQLSchema;
  readonly log: FastifyBaseLogger;
}

const BODY_LIMIT_BYTES = 100 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const SANDBOX_ORIGIN = 'https://studio.apollographql.com';

/** Makes the HTTP server, with nothing listening yet. Closing it stops Apollo too. */
export const createServer = async ({ config, auth, schema, log }: ServerOptions): Promise<FastifyInstance> => {
  const isDevelopment = config.nodeEnv === 'development';
  const onFault = (err: unknown, requestId: string) => {
    log.error({ err, reqId: requestId }, 'request failed');
  };

  const clientAddressOf = createClientAddress(config.trustProxy, log);
  /** No query string, which may be a document or the token of a link; some mail programs write its `?` as `%3F`. */
  const logged = ({ method, originalUrl, raw }: FastifyRequest) => ({
    method,
    path: /^[\w/.~-]*/.exec(originalUrl)?.[0],
    remoteAddress: clientAddressOf(raw).address,
  });

  const server = Fastify({
    loggerInstance: log.child({}, { serializers: { req: logged } }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // Node would answer a missing Host by itself, without a body; `refusalOf` does it as everything else.
    http: { requireHostHeader: false },
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.write(malformedRequest(error.code));
      // Not `end`: a client that never closes its side would keep the connection for ever.
      socket.destroySoon();
    },
  });
  // GraphQL is JSON; a form or a plain text can be sent by any page without a preflight.
  server.removeContentTypeParser('text/plain');

  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done(refusalOf(request));
  });
  // A client that keeps its connection would keep a closing server from ending.
  let closing = false;
  server.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('connection', 'close');
    done();
  });
  await server.register(helmet, {
    contentSecurityPolicy: contentSecurityPolicy(isDevelopment),
    strictTransportSecurity: config.publicUrl.startsWith('https:'),
    crossOriginEmbedderPolicy: false,
  });
  const origins = new Set([...config.corsOrigins, ...(isDevelopment ? [SANDBOX_ORIGIN] : [])]);
  await server.register(cors, {
    delegator: ({ headers }, done) => {
      const isAllowed = origins.has(headers.origin ?? '');
      done(null, {
        origin: isAllowed ? (headers.origin ?? false) : false,
        credentials: isAllowed,
        methods: ['GET', 'POST'],
        exposedHeaders: ['WWW-Authenticate', 'Retry-After', 'X-Request-Id'],
        maxAge: 600,
      });
    },
  });

  const apollo = createApollo({
    schema,
    introspection: config.introspection,
    landingPage: isDevelopment,
    log,
    onFault,
  });
  await apollo.start();
  server.addHook('onClose', () => apollo.stop());

  jsonErrors(server, onFault);
  health(server, auth);
  wellKnown(server, auth);
  pages(server, auth, config);
  const refreshCookieOf = createRefreshCookies(config);
  const cameThroughUnknownProxy = createUnknownProxyCheck(log);
  server.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    handler: fastifyApolloHandler<Context>(apollo, {
      context: async (request, reply) => {
        // What is answered here are somebody's tokens and data. @see RFC 6749 section 5.1
        reply.header('cache-control', 'no-store');
        try {
          const { address, isPeerTrusted } = clientAddressOf(request.raw);
          const isUnknown = cameThroughUnknownProxy(request.raw, isPeerTrusted);
          const refreshCookie = refreshCookieOf(request, reply);
          return await createContext(auth, {
            ...describe(request),
            address: isUnknown ? undefined : address,
            refreshCookie,
          });
        } catch (error) {
          if (!(error instanceof GatehouseError) || error.code === 'SERVICE_UNAVAILABLE') onFault(error, request.id);
          throw error instanceof GatehouseError ? withStatus(error) : error;
        }
      },
    }),
  });
  return server;
};

/** What no honest client sends, and what a parser further on would fail over or pass by. */
const refusalOf = ({ headers, raw }: FastifyRequest): Error | undefined => {
  if (valuesOf(raw.rawHeaders, 'host').length !== 1 || !URL.canParse(`http://${headers.host ?? ''}`))
    return Object.assign(new Error('Host'), { statusCode: 400 });
  const encoding = headers['content-encoding'] ?? 'identity';
  return encoding === 'identity' ? undefined : Object.assign(new Error('Content-Encoding'), { statusCode: 415 });
};

const describe = (request: FastifyRequest) => ({
  authorization: valuesOf(request.raw.rawHeaders, 'authorization'),
  userAgent: request.headers['user-agent'],
  language: acceptedLanguages(request.headers['accept-language'])[0] ?? null,
  requestId: request.id,
});

/** Every value of a header, as it came over the wire: Node keeps the first of two and says nothing. */
const valuesOf = (rawHeaders: readonly string[], name: string): string[] =>
  rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);

// Apollo Sandbox is a page of Apollo's that the landing page embeds; nothing else here is a page that runs scripts.
const contentSecurityPolicy = (withSandbox: boolean) =>
  withSandbox
    ? {
        directives: {
          'default-src': ["'self'"],
          'script-src': ["'self'", "'unsafe-inline'", 'https://embeddable-sandbox.cdn.apollographql.com'],
          'frame-src': ["'self'", 'https://sandbox.embed.apollographql.com'],
          'img-src': ["'self'", 'data:', 'https://apollo-server-landing-page.cdn.apollographql.com'],
          'manifest-src': ["'self'", 'https://apollo-server-landing-page.cdn.apollographql.com'],
          'upgrade-insecure-requests': null,
        },
      }
    : { directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] } };
