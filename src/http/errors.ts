import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { GatehouseError, HookFailed, requestErrors, type ErrorDetail, type RequestErrorCode } from '../errors.js';
import { explanationOf } from '../graphql/error-explanation.js';
import type { BurstLog } from './burst-log.js';
import { HttpError } from './request-head.js';
import type { RequestObserver } from './request-observer.js';
import { authenticationHeaders } from './www-authenticate.js';

/** The response body of an error outside GraphQL, with the message of the table unless an explanation is given. */
export const errorBody = (code: RequestErrorCode, { explanation, reason, retryAfterSeconds }: ErrorDetail = {}) => {
  const { message, retryable } = requestErrors[code];
  const extensions = {
    code,
    retryable,
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
  return { errors: [{ message: explanation ?? message, extensions }] };
};

/** Reports a request that failed because of this server or of a service that it needs. */
export type FaultReport = (error: unknown, requestId: string) => void;

/** Creates the function that writes a failed request to the log. An unavailable database or service is not a fault of this server. */
export const createFaultReport =
  (log: FastifyBaseLogger, burstLog: BurstLog): FaultReport =>
  (err, requestId) => {
    const fields = { err, reqId: requestId };
    if (err instanceof HookFailed) log.error({ ...fields, hook: err.hook }, `hook ${err.hook} failed`);
    else if (err instanceof GatehouseError && err.code !== 'INTERNAL_SERVER_ERROR')
      burstLog.warn(fields, 'request failed', err.code);
    else log.error(fields, 'request failed');
  };

export interface ErrorHandlerOptions {
  readonly onFault: FaultReport;
  readonly onErrorSent: RequestObserver['errorSent'];
  /** Whether introspection is on: clients then get an explanation in place of the message of the table. */
  readonly isSchemaPublic: boolean;
}

/**
 * Formats all errors outside GraphQL like GraphQL errors, so that clients need to parse one format only. The messages of
 * parsers quote their input and are never sent.
 */
export const addErrorHandlers = (
  server: FastifyInstance,
  { onFault, onErrorSent, isSchemaPublic }: ErrorHandlerOptions,
): void => {
  const sendError = (
    reply: FastifyReply,
    status: number,
    code: RequestErrorCode,
    { explanation, ...detail }: ErrorDetail,
  ) => {
    onErrorSent(code);
    return reply
      .code(status)
      .type('application/json; charset=utf-8')
      .send(errorBody(code, { ...detail, ...(isSchemaPublic && explanation !== undefined ? { explanation } : {}) }));
  };

  server.setNotFoundHandler((_request, reply) =>
    sendError(reply, 404, 'BAD_REQUEST', {
      explanation: 'There is nothing at this path. The API is at /graphql.',
    }),
  );
  server.setErrorHandler<FastifyError | GatehouseError | HttpError>((error, request, reply) => {
    if (error instanceof GatehouseError)
      return sendError(
        reply.headers(Object.fromEntries(authenticationHeaders(error))),
        requestErrors[error.code].status,
        error.code,
        { ...error.detail, ...explained(explanationOf(error, error.code)) },
      );
    const status = error.statusCode ?? 500;
    if (status < 500) {
      const explanation = error instanceof HttpError ? error.explanation : explanationOfStatus(status, request);
      return sendError(reply, status, 'BAD_REQUEST', explained(explanation));
    }
    onFault(error, request.id);
    return sendError(reply, 500, 'INTERNAL_SERVER_ERROR', {});
  });
};

/** Adds an explanation, if there is one, to the detail of an error. */
export const explained = (explanation: string | undefined): ErrorDetail =>
  explanation === undefined ? {} : { explanation };

/** What Fastify refuses with a status. */
const explanationOfStatus = (status: number, { routeOptions }: FastifyRequest): string | undefined => {
  switch (status) {
    case 400:
      return 'The body is not valid JSON, or its length is not that of the header Content-Length.';
    case 413:
      return `The body is longer than ${String(routeOptions.bodyLimit / 1024)} KiB.`;
    case 415:
      return 'Send the body as JSON, with the header "Content-Type: application/json".';
    default:
      return undefined;
  }
};
