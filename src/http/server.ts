import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';

import { fastifyApolloHandler } from '@as-integrations/fastify';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';

import type { Auth } from '../auth/auth.js';
import type { Config } from '../config/config.js';
import { GatehouseError } from '../errors.js';
import { createContext, type Context } from '../graphql/context.js';
import type { PageTranslations } from '../languages/page-translations.js';
import { acceptedLanguages } from './accept-language.js';
import { createApollo, withStatus } from './apollo.js';
import { createClientAddress } from './client-address.js';
import { refuseOtherMethods } from './allowed-methods.js';
import { addErrorHandlers } from './errors.js';
import { addExplorerRoutes } from './explorer/explorer.js';
import { hasExplorer } from './explorer/explorer-assets.js';
import { addHealthRoutes } from './health.js';
import { readJsonBodies } from './json-body.js';
import { createMalformedRequests } from './malformed-request.js';
import { createOperationNames } from './operation-names.js';
import { addFaviconRoutes } from './pages/favicon.js';
import { addPageRoutes } from './pages/pages.js';
import { addStartPage } from './pages/start-page.js';
import { createStyle, DEFAULT_COLOR } from './pages/style.js';
import { createRefreshCookies } from './refresh-cookie.js';
import { createRefusedOriginLog } from './refused-origins.js';
import { headRefusalOf, HttpError, isQueryUtf8, isRequestTarget, pathOf, valuesOf } from './request-head.js';
import { jsonPolicy, sandboxPolicy } from './security-headers.js';
import { createUnknownProxyCheck } from './unknown-proxy.js';
import { addWellKnownRoutes, isWellKnownPath } from './well-known.js';
import { BODY_LIMIT_BYTES, HEAD_LIMIT_BYTES, REQUEST_TIMEOUT_SECONDS } from '../values/policy.js';

export interface ServerOptions {
  readonly config: Pick<
    Config,
    | 'nodeEnv'
    | 'publicUrl'
    | 'appUrl'
    | 'appName'
    | 'appColor'
    | 'corsOrigins'
    | 'trustProxy'
    | 'introspection'
    | 'tokenIssuer'
  >;
  readonly auth: Auth;
  readonly translations: PageTranslations;
  readonly schema: GraphQLSchema;
  readonly log: FastifyBaseLogger;
  /** How long a client may take to send a request; REQUEST_TIMEOUT_SECONDS by default. */
  readonly requestTimeoutSeconds?: number;
}

/** Replaces a request target that cannot be decoded. A path with a route would lend the error the headers of that route. */
const PATH_WITHOUT_ROUTE = '/undecodable';

const SANDBOX_ORIGIN = 'https://studio.apollographql.com';

/** Creates the HTTP server, which does not listen yet. Closing it stops Apollo too. */
export const createServer = async ({
  config,
  auth,
  translations,
  schema,
  log,
  requestTimeoutSeconds = REQUEST_TIMEOUT_SECONDS,
}: ServerOptions): Promise<FastifyInstance> => {
  const isDevelopment = config.nodeEnv === 'development';
  const onFault = (err: unknown, requestId: string) => {
    // An unavailable database is not a fault of this server; `/readyz` reports it.
    const level = err instanceof GatehouseError && err.code === 'SERVICE_UNAVAILABLE' ? 'warn' : 'error';
    log[level]({ err, reqId: requestId }, 'request failed');
  };

  const clientAddressOf = createClientAddress(config.trustProxy, log);
  /** Leaves out the query string, which may be a document or a link token; some mail programs write its `?` as `%3F`. */
  const pathOfLog = (originalUrl: string) => /^[\w/.~-]*/.exec(originalUrl)?.[0];
  const req = ({ method, originalUrl, raw }: FastifyRequest) => ({
    method,
    path: pathOfLog(originalUrl),
    remoteAddress: clientAddressOf(raw).address,
  });
  const operationNames = createOperationNames();
  const res = ({ request, statusCode }: FastifyReply) => ({
    method: request.method,
    path: pathOfLog(request.originalUrl),
    operation: operationNames.of(request),
    statusCode,
  });

  const isHttps = config.publicUrl.startsWith('https:');
  const malformedRequests = createMalformedRequests(log, { isHttps, isSchemaPublic: config.introspection });
  const server = Fastify({
    loggerInstance: log.child({}, { serializers: { req, res } }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: requestTimeoutSeconds * 1000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    http: {
      // Node would refuse a missing Host without a body; `headRefusalOf` refuses it in our format.
      requireHostHeader: false,
      maxHeaderSize: HEAD_LIMIT_BYTES,
      requestTimeout: requestTimeoutSeconds * 1000,
      headersTimeout: requestTimeoutSeconds * 1000,
      // How often Node looks for requests that are too slow.
      connectionsCheckingInterval: 500,
    },
    clientErrorHandler: malformedRequests.handle,
    // The router would quote a target that it cannot decode in its own response; `headRefusalOf` refuses the original.
    rewriteUrl: ({ url = '' }) => (isRequestTarget(url) ? url : PATH_WITHOUT_ROUTE),
  });
  // Node would silently drop the headers after the 2,000th, and a repeated one among them.
  server.server.maxHeadersCount = 0;
  // Node would close the connection of a CONNECT, and refuse an unknown Expect without a body.
  server.server.on('connect', (_request, socket) => {
    if (socket instanceof Socket) malformedRequests.handle({ code: 'CONNECT' }, socket);
  });
  server.server.on('request', malformedRequests.watch);
  server.server.on('checkExpectation', (request, response) => {
    malformedRequests.watch(request, response);
    server.routing(request, response);
  });
  readJsonBodies(server);

  // Before the plugins: their routes keep the error handler that is set when the routes are added.
  addErrorHandlers(server, { onFault, isSchemaPublic: config.introspection });
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  await server.register(helmet, {
    contentSecurityPolicy: jsonPolicy,
    strictTransportSecurity: isHttps,
    crossOriginEmbedderPolicy: false,
  });
  let closing = false;
  server.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  server.addHook('onRequest', (request, _reply, done) => {
    const refusal = closing
      ? new GatehouseError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 1 })
      : headRefusalOf(request);
    // HTTP/1.0 requires no Host header, but Apollo's integration builds a URL from it.
    request.headers.host ??= 'localhost';
    done(refusal);
  });
  // A connection that its client keeps open would prevent the server from closing.
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('connection', 'close');
    done();
  });
  const logRefusedOrigin = createRefusedOriginLog(log, isDevelopment);
  const origins = new Set([...config.corsOrigins, ...(isDevelopment ? [SANDBOX_ORIGIN] : [])]);
  await server.register(cors, {
    delegator: ({ headers, originalUrl }, done) => {
      if (isWellKnownPath(pathOf(originalUrl))) {
        done(null, {
          origin: '*',
          methods: ['GET', 'HEAD'],
          maxAge: 600,
          preflight: headers['access-control-request-method'] !== undefined,
        });
        return;
      }
      const isAllowed = origins.has(headers.origin ?? '');
      const isPreflight = headers['access-control-request-method'] !== undefined;
      if (isPreflight && !isAllowed) logRefusedOrigin(headers.origin);
      done(null, {
        origin: isAllowed ? (headers.origin ?? false) : false,
        credentials: isAllowed,
        // Otherwise the plugin would refuse an OPTIONS request that is not a preflight in its own format.
        preflight: isPreflight,
        methods: ['GET', 'POST'],
        exposedHeaders: ['WWW-Authenticate', 'Retry-After', 'X-Request-Id'],
        maxAge: 600,
      });
    },
  });

  refuseOtherMethods(server);

  const apollo = createApollo({
    schema,
    introspection: config.introspection,
    landingPage: isDevelopment,
    log,
    onFault,
    onOperation: operationNames.record,
    onRefusedOrigin: logRefusedOrigin,
  });
  await apollo.start();
  server.addHook('onClose', () => apollo.stop());

  addHealthRoutes(server, auth);
  addWellKnownRoutes(server, auth, config);
  addPages(server, config, translations, auth);
  const refreshCookieOf = createRefreshCookies(config);
  const cameThroughUnknownProxy = createUnknownProxyCheck(log);
  server.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    exposeHeadRoute: false,
    onRequest: (request, _reply, done) => {
      done(isQueryUtf8(request.url) ? undefined : new HttpError(400, 'The query string is not valid UTF-8.'));
    },
    onSend: (_request, reply, payload, done) => {
      if (reply.getHeader('content-type') === 'text/html') reply.header('content-security-policy', sandboxPolicy);
      done(null, payload);
    },
    handler: fastifyApolloHandler<Context>(apollo, {
      context: async (request, reply) => {
        // The responses contain tokens and personal data. @see RFC 6749 section 5.1
        reply.header('cache-control', 'no-store');
        try {
          const { address, isPeerTrusted } = clientAddressOf(request.raw);
          const isUnknown = cameThroughUnknownProxy(request.raw, isPeerTrusted);
          const refreshCookie = refreshCookieOf(request, reply);
          const context = await createContext(auth, {
            ...requestOf(request),
            address: isUnknown ? undefined : address,
            refreshCookie,
          });
          operationNames.connect(context, request);
          return context;
        } catch (error) {
          if (!(error instanceof GatehouseError) || error.code === 'SERVICE_UNAVAILABLE') onFault(error, request.id);
          throw error instanceof GatehouseError ? withStatus(error) : error;
        }
      },
    }),
  });
  return server;
};

/** Adds everything that a person opens in a browser, except Apollo Sandbox. */
const addPages = (
  server: FastifyInstance,
  config: ServerOptions['config'],
  translations: PageTranslations,
  { settings: { passwordPolicy } }: Auth,
): void => {
  const { publicUrl, appUrl, appName, appColor = DEFAULT_COLOR } = config;
  const isDevelopment = config.nodeEnv === 'development';
  const isExplorable = hasExplorer(config);
  const style = createStyle(appColor);
  const service = appName ?? new URL(publicUrl).hostname;
  addFaviconRoutes(server, appColor);
  addStartPage(server, { translations, service, style, isDevelopment, hasExplorer: isExplorable });
  if (isExplorable) addExplorerRoutes(server);
  if (appUrl === undefined) addPageRoutes(server, { translations, service, style, passwordPolicy });
};

const requestOf = (request: FastifyRequest) => ({
  authorization: valuesOf(request.raw.rawHeaders, 'authorization'),
  userAgent: request.headers['user-agent'],
  language: acceptedLanguages(request.headers['accept-language'])[0] ?? null,
  requestId: request.id,
});
