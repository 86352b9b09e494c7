import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';

import helmet from '@fastify/helmet';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';

import { GatehouseError } from '../errors.js';
import { BODY_LIMIT_BYTES } from '../values/policy.js';
import { connectionLimits, limitConnections } from './connections.js';
import { addErrorHandlers, type FaultReport } from './errors.js';
import { readJsonBodies } from './json-body.js';
import { createMalformedRequests } from './malformed-request.js';
import { headRefusalOf, isRequestTarget } from './request-head.js';
import { unobserved, type RequestObserver } from './request-observer.js';
import { jsonPolicy } from './security-headers.js';

export interface BaseServerOptions {
  readonly log: FastifyBaseLogger;
  /** Whether PUBLIC_URL is an https:// URL. */
  readonly isHttps: boolean;
  /** Whether introspection is on: clients then get an explanation in place of the message of the table. */
  readonly isSchemaPublic: boolean;
  readonly onFault: FaultReport;
  readonly onErrorSent?: RequestObserver['errorSent'];
  /** How long a client may take to send a request; REQUEST_TIMEOUT_SECONDS by default. */
  readonly requestTimeoutSeconds?: number | undefined;
}

/** Replaces a request target that cannot be decoded. A path with a route would lend the error the headers of that route. */
const PATH_WITHOUT_ROUTE = '/undecodable';

/**
 * Creates an HTTP server without routes: limits on connections and requests, our format for every error, and the headers that
 * every response has. No response is stored unless its route says so, because most of them contain tokens or personal data.
 */
export const createBaseServer = async ({
  log,
  isHttps,
  isSchemaPublic,
  onFault,
  onErrorSent = unobserved.errorSent,
  requestTimeoutSeconds,
}: BaseServerOptions): Promise<FastifyInstance> => {
  const malformedRequests = createMalformedRequests(log, { isHttps, isSchemaPublic, onErrorSent });
  const server = Fastify({
    loggerInstance: log,
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    ...connectionLimits(requestTimeoutSeconds),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: malformedRequests.handle,
    // The router would quote a target that it cannot decode in its own response; `headRefusalOf` refuses the original.
    rewriteUrl: ({ url = '' }) => (isRequestTarget(url) ? url : PATH_WITHOUT_ROUTE),
  });
  limitConnections(server, log);
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
  addErrorHandlers(server, { onFault, onErrorSent, isSchemaPublic });
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    // @see RFC 6749 section 5.1
    reply.header('cache-control', 'no-store');
    done();
  });
  await server.register(helmet, {
    contentSecurityPolicy: jsonPolicy,
    strictTransportSecurity: isHttps,
    crossOriginEmbedderPolicy: false,
    xFrameOptions: { action: 'deny' },
  });
  server.addHook('onRequest', (request, _reply, done) => {
    const refusal = headRefusalOf(request);
    // HTTP/1.0 requires no Host header, but Apollo's integration builds a URL from it.
    request.headers.host ??= 'localhost';
    done(refusal);
  });
  let closing = false;
  server.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  // After CORS, so that a page can read the response.
  server.addHook('preParsing', (_request, _reply, _payload, done) => {
    done(closing ? new GatehouseError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 1 }) : null);
  });
  // A connection that its client keeps open would prevent the server from closing.
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('connection', 'close');
    done();
  });
  return server;
};
