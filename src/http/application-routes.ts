import { validateHeaderName, validateHeaderValue, type IncomingHttpHeaders } from 'node:http';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { refusalOf, unknownRoleOf, type Rule } from '../authorization/rule.js';
import { GatehouseError, OperatorError, requestErrors } from '../errors.js';
import { internalsOf, type Context } from '../graphql/context.js';
import { ROUTE_BODY_LIMIT_BYTES } from '../values/policy.js';
import type { FaultReport } from './errors.js';
import { runWithDeadline } from './operation-deadline.js';
import { challengeOf } from './www-authenticate.js';

/** A request to a route of the application. */
export interface RouteRequest {
  readonly method: string;
  /** The parts of the path that have a name in the URL of the route, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The query string. A repeated parameter is a list. */
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** The headers, by lower-case names, without those that carry a token or a cookie of Gatehouse. */
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** The bytes of the body as they were sent, such as a signature is computed from; empty without a body. */
  readonly body: Buffer;
}

/** What a route of the application responds with. */
export interface RouteResponse {
  /** From 200 to 599. */
  readonly status: number;
  /** A response is not stored unless it has a `cache-control` of its own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A text or bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
}

/** A route of the application. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** A path below `/app/`, such as `/app/projects/:id/picture`. */
  readonly url: string;
  /** `publicRule(reason)` or `authorizedRule(…roles)`. The caller is the one of the Authorization header, as at /graphql. */
  readonly rule: Rule;
  /** The longest body in bytes; 1 MiB by default. */
  readonly bodyLimit?: number;
  readonly handler: (request: RouteRequest, context: Context) => Promise<RouteResponse> | RouteResponse;
}

/** Literal segments and named ones only, so that each path has few patterns and a label of the metrics. */
const urlForm = /^\/app(?:\/(?:[\w.~-]+|:[a-z]\w*))+$/i;
const methods: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** @throws OperatorError that names the route */
export const assertRoutes = (routes: readonly Route[]): void => {
  const known = new Set<string>();
  for (const route of routes) {
    const problem = problemOf(route, known);
    if (problem !== undefined)
      throw new OperatorError(`src/app/routes.ts: the route ${route.method} ${route.url} ${problem}`);
    known.add(shapeOf(route));
  }
};

/** Routes that differ in the names of segments only match the same requests. */
const shapeOf = ({ method, url }: Route): string => `${method} ${url.replaceAll(/:\w+/g, ':')}`;

const problemOf = (route: Route, known: ReadonlySet<string>): string | undefined => {
  const { method, url, rule, bodyLimit = 1 } = route as Omit<Route, 'rule'> & { readonly rule?: Rule };
  if (!methods.includes(method)) return `has a method that is none of ${methods.join(', ')}.`;
  if (!urlForm.test(url) || /\/\.{1,2}(?:\/|$)/.test(url))
    return 'must have a URL below /app/ whose segments are words or names, such as /app/projects/:id.';
  if (known.has(shapeOf(route))) return 'is defined twice. Remove one of them.';
  if (rule === undefined) return 'has no rule. Add `rule: authorizedRule()` or `rule: publicRule("reason")`.';
  const role = unknownRoleOf(rule);
  if (role !== undefined) return `requires the role "${role}", which src/app/roles.ts does not have.`;
  if (!Number.isInteger(bodyLimit) || bodyLimit < 1) return 'has a bodyLimit that is not a number of bytes.';
  return undefined;
};

export interface RouteOptions {
  readonly routes: readonly Route[];
  readonly contextOf: (request: FastifyRequest, reply: FastifyReply, signal: AbortSignal) => Promise<Context>;
  /** Called when a rule refuses a caller. */
  readonly onRefusal: (error: GatehouseError, context: Context, operation: string) => Promise<void>;
  readonly onFault: FaultReport;
  readonly deadlineSeconds: number;
}

/**
 * Adds the routes of the application. Their bodies are not parsed, so that a signature can be checked on the bytes that were
 * sent. Any page can send such a request with the cookies of its visitor; no route reads them, so a forged request has no caller.
 */
export const addApplicationRoutes = async (server: FastifyInstance, options: RouteOptions): Promise<void> => {
  const { routes, onFault, deadlineSeconds } = options;
  await server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => {
      parsed(null, body);
    });
    for (const route of routes) {
      scope.route({
        method: route.method,
        url: route.url,
        exposeHeadRoute: false,
        bodyLimit: route.bodyLimit ?? ROUTE_BODY_LIMIT_BYTES,
        handler: (request, reply) =>
          runWithDeadline(
            deadlineSeconds,
            (signal) => respond(route, request, reply, signal, options),
            (error) => {
              onFault(error, request.id);
            },
          ),
      });
    }
    done();
  });
};

/** @throws GatehouseError */
const respond = async (
  { method, url, rule, handler }: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  signal: AbortSignal,
  { contextOf, onRefusal, onFault }: RouteOptions,
): Promise<FastifyReply> => {
  try {
    const context = await contextOf(request, reply, signal);
    const { caller } = internalsOf(context);
    const refusal = refusalOf(rule, caller);
    if (refusal) {
      await onRefusal(refusal, context, `${method} ${url}`);
      throw refusal;
    }
    const response = await handler(routeRequestOf(request), context);
    const body = bodyOf(response);
    assertHeaders(response);
    signal.throwIfAborted();
    // The token does no harm at a public route, but its client should know.
    if (caller.kind === 'anonymous' && caller.reason !== 'MISSING')
      reply.header('www-authenticate', challengeOf(caller.reason));
    if (body.type !== undefined) reply.type(body.type);
    return await reply
      .code(response.status)
      .headers({ ...response.headers })
      .send(body.content);
  } catch (error) {
    // Any other error may have a status or a code of another API that the handler has called.
    const sent = error instanceof GatehouseError ? error : new GatehouseError('INTERNAL_SERVER_ERROR');
    // After the deadline, the error was reported and another response was sent.
    if (!signal.aborted && requestErrors[sent.code].status >= 500) onFault(error, request.id);
    throw sent;
  }
};

const routeRequestOf = ({ method, params, query, headers, body }: FastifyRequest): RouteRequest => ({
  method,
  params: params as RouteRequest['params'],
  query: query as RouteRequest['query'],
  headers: withoutCredentials(headers),
  body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
});

/**
 * A route that passed all headers on, such as to another service or to a log, would hand over its caller's session. Other schemes
 * than Bearer are left to the route: a webhook may come with a password.
 */
const withoutCredentials = ({
  authorization,
  cookie: _cookie,
  ...headers
}: IncomingHttpHeaders): IncomingHttpHeaders =>
  authorization === undefined || /^\s*bearer\b/i.test(authorization) ? headers : { ...headers, authorization };

/** @throws Error when the response has no status of HTTP, or its body is not JSON */
const bodyOf = ({ status, body }: RouteResponse): { content?: string | Buffer; type?: string } => {
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new Error('A route must respond with a status from 200 to 599.');
  if (body === undefined) return {};
  if (typeof body === 'string') return { content: body, type: 'text/plain; charset=utf-8' };
  if (body instanceof Uint8Array) return { content: Buffer.from(body), type: 'application/octet-stream' };
  const content = JSON.stringify(body) as string | undefined;
  if (content === undefined)
    throw new Error('The body of a route must be a text, bytes, or a value that JSON can represent.');
  return { content, type: 'application/json; charset=utf-8' };
};

/** A value may come from a request. Where Node finds that it is not valid, the response can no longer be ours. @throws TypeError */
const assertHeaders = ({ headers = {} }: RouteResponse): void => {
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
};
