import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';

import { GatehouseError, requestErrors, type RequestErrorCode } from '../errors.js';
import { authenticationHeaders } from './www-authenticate.js';

/** The response body of an error outside GraphQL. */
export const errorBody = (code: RequestErrorCode) => {
  const { message, retryable } = requestErrors[code];
  return { errors: [{ message, extensions: { code, retryable } }] };
};

const sendError = (reply: FastifyReply, status: number, code: RequestErrorCode) =>
  reply.code(status).type('application/json; charset=utf-8').send(errorBody(code));

/**
 * Formats all errors outside GraphQL like GraphQL errors, so that clients need to parse one format only. The messages of
 * parsers quote their input and are never sent.
 */
export const addErrorHandlers = (
  server: FastifyInstance,
  onFault: (error: unknown, requestId: string) => void,
): void => {
  server.setNotFoundHandler((_request, reply) => sendError(reply, 404, 'BAD_REQUEST'));
  server.setErrorHandler<FastifyError | GatehouseError>((error, request, reply) => {
    if (error instanceof GatehouseError)
      return sendError(
        reply.headers(Object.fromEntries(authenticationHeaders(error))),
        requestErrors[error.code].status,
        error.code,
      );
    const status = error.statusCode ?? 500;
    if (status < 500) return sendError(reply, status, 'BAD_REQUEST');
    onFault(error, request.id);
    return sendError(reply, 500, 'INTERNAL_SERVER_ERROR');
  });
};
