import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';

import { errorTable, type ErrorCode } from '../errors.js';

const answer = (reply: FastifyReply, status: number, code: ErrorCode) => {
  const { message, retryable } = errorTable[code];
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send({ errors: [{ message, extensions: { code, retryable } }] });
};

/**
 * Makes everything that fails outside GraphQL answer in the form of a GraphQL error: a client parses one shape, and no
 * message of a parser, which quotes its input, leaves.
 */
export const jsonErrors = (server: FastifyInstance, onFault: (error: unknown, requestId: string) => void): void => {
  server.setNotFoundHandler((_request, reply) => answer(reply, 404, 'NOT_FOUND'));
  server.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return answer(reply, status, 'BAD_REQUEST');
    onFault(error, request.id);
    return answer(reply, 500, 'INTERNAL_SERVER_ERROR');
  });
};

/** The answer to bytes that are no HTTP request, or one whose headers are too large: written by hand, there is no reply yet. */
export const malformedRequest = (code: string | undefined): string => {
  const { message, retryable } = errorTable.BAD_REQUEST;
  const body = JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST', retryable } }] });
  const status =
    code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  return [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    '',
    body,
  ].join('\r\n');
};
