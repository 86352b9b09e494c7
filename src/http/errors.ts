import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';

import { errorTable, GatehouseError, statusOf, type ErrorCode } from '../errors.js';
import { authenticationHeaders } from './www-authenticate.js';

/** The response body of an error outside GraphQL. */
export const errorBody = (code: ErrorCode) => {
  const { message, retryable } = errorTable[code];
  return { errors: [{ message, extensions: { code, retryable } }] };
};

const answer = (reply: FastifyReply, status: number, code: ErrorCode) =>
  reply.code(status).type('application/json; charset=utf-8').send(errorBody(code));

/**
 * Makes everything that fails outside GraphQL answer in the form of a GraphQL error: a client parses one shape, and no
 * message of a parser, which quotes its input, leaves.
 */
export const jsonErrors = (server: FastifyInstance, onFault: (error: unknown, requestId: string) => void): void => {
  server.setNotFoundHandler((_request, reply) => answer(reply, 404, 'NOT_FOUND'));
  server.setErrorHandler<FastifyError | GatehouseError>((error, request, reply) => {
    if (error instanceof GatehouseError)
      return answer(reply.headers(Object.fromEntries(authenticationHeaders(error))), statusOf(error.code), error.code);
    const status = error.statusCode ?? 500;
    if (status < 500) return answer(reply, status, 'BAD_REQUEST');
    onFault(error, request.id);
    return answer(reply, 500, 'INTERNAL_SERVER_ERROR');
  });
};
