import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';

import type { Auth } from '../auth/auth.js';
import type { Config } from '../config/config.js';
import { GatehouseError } from '../errors.js';
import { createContext, type Context } from '../graphql/context.js';
import type { PageTranslations } from '../languages/page-translations.js';
import { acceptedLanguages } from './accept-language.js';
import { collectMethods, refuseOtherMethods } from './allowed-methods.js';
import { createApollo, withStatus } from './apollo.js';
import { addApplicationRoutes, type Route } from './application-routes.js';
import { createBaseServer } from './base-server.js';
import type { BurstLog } from './burst-log.js';
import { createClientAddress } from './client-address.js';
import { addCors } from './cors.js';
import { createFaultReport } from './errors.js';
import { addExplorerRoutes } from './explorer/explorer.js';
import { hasExplorer } from './explorer/explorer-assets.js';
import { addHealthRoutes } from './health.js';
import { createLogFields } from './log-fields.js';
import { runWithDeadline } from './operation-deadline.js';
import { createOperationNames } from './operation-names.js';
import { addFaviconRoutes } from './pages/favicon.js';
import { addPageRoutes } from './pages/pages.js';
import { addStartPage } from './pages/start-page.js';
import { createStyle, DEFAULT_COLOR } from './pages/style.js';
import { createRefreshCookies } from './refresh-cookie.js';
import { createRefusedOriginLog } from './refused-origins.js';
import { createRouteRejectionReport } from './rejected-requests.js';
import { HttpError, isQueryUtf8, valuesOf } from './request-head.js';
import { unobserved, type RequestObserver } from './request-observer.js';
import { sandboxPolicy } from './security-headers.js';
import { createUnknownProxyCheck } from './unknown-proxy.js';
import { addWellKnownRoutes } from './well-known.js';
import { OPERATION_DEADLINE_SECONDS } from '../values/policy.js';

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
    | 'maxQueryCost'
    | 'tokenIssuer'
  >;
  readonly auth: Auth;
  readonly translations: PageTranslations;
  readonly schema: GraphQLSchema;
  /** The routes of the application; none by default. */
  readonly routes?: readonly Route[];
  readonly log: FastifyBaseLogger;
  readonly burstLog: BurstLog;
  readonly observer?: RequestObserver | undefined;
  /** How long a client may take to send a request; REQUEST_TIMEOUT_SECONDS by default. */
  readonly requestTimeoutSeconds?: number;
  /** How long an operation may take; OPERATION_DEADLINE_SECONDS by default. */
  readonly operationDeadlineSeconds?: number;
}

const SANDBOX_ORIGIN = 'https://studio.apollographql.com';

/** Creates the HTTP server, which does not listen yet. Closing it stops Apollo too. */
export const createServer = async ({
  config,
  auth,
  translations,
  schema,
  routes = [],
  log,
  burstLog,
  observer = unobserved,
  requestTimeoutSeconds,
  operationDeadlineSeconds = OPERATION_DEADLINE_SECONDS,
}: ServerOptions): Promise<FastifyInstance> => {
  const isDevelopment = config.nodeEnv === 'development';
  const onFault = createFaultReport(log, burstLog);
  const clientAddressOf = createClientAddress(config.trustProxy, log);
  const operationNames = createOperationNames();
  const server = await createBaseServer({
    log: log.child({}, { serializers: createLogFields(clientAddressOf, operationNames) }),
    isHttps: config.publicUrl.startsWith('https:'),
    isSchemaPublic: config.introspection,
    onFault,
    onErrorSent: observer.errorSent,
    requestTimeoutSeconds,
  });
  server.addHook('onResponse', (request, reply, done) => {
    const kind = operationNames.of(request)?.kind ?? 'none';
    observer.responded(kind, reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
  const onRefusedOrigin = createRefusedOriginLog(log, isDevelopment);
  const methodsOf = collectMethods(server);
  await addCors(server, {
    origins: new Set([...config.corsOrigins, ...(isDevelopment ? [SANDBOX_ORIGIN] : [])]),
    methodsOf,
    onRefusedOrigin,
  });
  refuseOtherMethods(server, methodsOf);

  const apollo = createApollo({
    schema,
    introspection: config.introspection,
    maxQueryCost: config.maxQueryCost,
    landingPage: isDevelopment,
    log,
    burstLog,
    onFault,
    onOperation: operationNames.record,
    onErrorSent: observer.errorSent,
    onRefusedOrigin,
  });
  await apollo.start();
  server.addHook('onClose', () => apollo.stop());

  addHealthRoutes(server, auth);
  addWellKnownRoutes(server, auth, config);
  addPages(server, config, translations, auth);
  const refreshCookieOf = createRefreshCookies(config);
  const cameThroughUnknownProxy = createUnknownProxyCheck(log);
  const contextOf = async (request: FastifyRequest, reply: FastifyReply, signal: AbortSignal): Promise<Context> => {
    const { address, isPeerTrusted } = clientAddressOf(request.raw);
    const isUnknown = cameThroughUnknownProxy(request.raw, isPeerTrusted);
    const refreshCookie = refreshCookieOf(request, reply);
    const context = await createContext(auth, {
      ...requestOf(request),
      address: isUnknown ? undefined : address,
      refreshCookie,
      signal,
    });
    operationNames.connect(context, request);
    return context;
  };
  const graphqlContextOf: typeof contextOf = async (request, reply, signal) => {
    try {
      return await contextOf(request, reply, signal);
    } catch (error) {
      if (!(error instanceof GatehouseError) || error.code === 'SERVICE_UNAVAILABLE') onFault(error, request.id);
      throw error instanceof GatehouseError ? withStatus(error) : error;
    }
  };
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
    handler: (request, reply) =>
      runWithDeadline(
        operationDeadlineSeconds,
        async (signal) => {
          const handle = fastifyApolloHandler<Context>(apollo, {
            context: () => graphqlContextOf(request, reply, signal),
          });
          return handle.call(server, request, reply);
        },
        (error) => {
          onFault(error, request.id);
        },
      ),
  });
  await addApplicationRoutes(server, {
    routes,
    contextOf,
    onRefusal: createRouteRejectionReport(log, burstLog),
    onFault,
    deadlineSeconds: operationDeadlineSeconds,
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
