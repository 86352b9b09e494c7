import type { FastifyReply, FastifyRequest } from 'fastify';

import type { ClientAddress } from './client-address.js';
import type { OperationNames } from './operation-names.js';

const PATH_MAX_LENGTH = 200;

/** A segment that is longer than any of ours, and may be a token that a client has put into the path. */
const longSegment = /[^/]{33,}/g;

/** Leaves out the query string, which may be a document or a link token; some mail programs write its `?` as `%3F`. */
const pathOf = (originalUrl: string) =>
  /^[\w/.~-]*/.exec(originalUrl)?.[0].replaceAll(longSegment, '[long]').slice(0, PATH_MAX_LENGTH);

/** The path of a request. Of a route of the application it is the pattern, because its paths may contain private values. */
const pathOfRequest = ({ originalUrl, routeOptions }: FastifyRequest) =>
  routeOptions.url?.startsWith('/app/') ? routeOptions.url : pathOf(originalUrl);

/** Creates the functions that select what the log contains of a request and of its response: no header, and no query string. */
export const createLogFields = (
  clientAddressOf: (request: FastifyRequest['raw']) => ClientAddress,
  operationNames: Pick<OperationNames, 'of'>,
) => ({
  req: (request: FastifyRequest) => ({
    method: request.method,
    path: pathOfRequest(request),
    remoteAddress: clientAddressOf(request.raw).address,
  }),
  res: ({ request, statusCode }: FastifyReply) => ({
    method: request.method,
    path: pathOfRequest(request),
    operation: operationNames.of(request)?.name,
    statusCode,
  }),
});
