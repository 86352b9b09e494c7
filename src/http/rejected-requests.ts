import type { GraphQLRequestContextDidEncounterErrors } from '@apollo/server';
import type { FastifyBaseLogger } from 'fastify';

import { GatehouseError } from '../errors.js';
import { internalsOf, type Context } from '../graphql/context.js';
import { errorCodeOf, originalErrorOf } from '../graphql/format-error.js';
import { OPERATION_NAME_MAX_LENGTH } from '../values/policy.js';
import type { BurstLog } from './burst-log.js';

/** Reports the rejection of a request, if it was rejected. */
export type ReportRejection = (request: GraphQLRequestContextDidEncounterErrors<Context>) => Promise<void>;

/**
 * Creates the function that writes one line to the log for a request with a token that is not valid or was revoked, or with an
 * operation that the caller may not perform, and a security event for the latter. A request without a token, or with one that
 * has expired, is an everyday event and is not reported.
 *
 * The line contains the subject, the name of the operation and the hash of the document, from which an operator who has the
 * document can recognize it; never the document, whose literals may be passwords, or the variables.
 */
export const createRejectionReport =
  (log: FastifyBaseLogger, burstLog: BurstLog): ReportRejection =>
  ({ errors, contextValue: context, operation, queryHash: documentHash = '' }) =>
    reportRejection(log, burstLog, {
      errors,
      context,
      operation: operation?.name?.value.slice(0, OPERATION_NAME_MAX_LENGTH) ?? null,
      documentHash,
    });

interface RejectedRequest {
  readonly errors: readonly unknown[];
  readonly context: Context;
  readonly operation: string | null;
  readonly documentHash: string;
}

const reportRejection = async (
  log: FastifyBaseLogger,
  burstLog: BurstLog,
  { errors, context, operation, documentHash }: RejectedRequest,
): Promise<void> => {
  const rejection = errors.map(rejectionOf).find((found) => found !== undefined);
  if (!rejection) return;
  const { auth, caller, client } = internalsOf(context);
  const subject = caller.kind === 'user' ? caller.userId : (caller.subjectId ?? null);
  log.info({ ...rejection, subject, operation, documentHash, reqId: client.requestId }, 'request rejected');
  if (rejection.code !== 'FORBIDDEN' || caller.kind !== 'user') return;
  try {
    await auth.recordDeniedAccess(caller, client, { operation, documentHash });
  } catch (err) {
    // The request stays rejected, and the line above is its record.
    burstLog.warn({ err, reqId: client.requestId }, 'the security event of a rejected request was not recorded');
  }
};

/** Creates the function that reports a request to a route of the application whose caller is refused, in the same way. */
export const createRouteRejectionReport =
  (log: FastifyBaseLogger, burstLog: BurstLog) =>
  (error: GatehouseError, context: Context, operation: string): Promise<void> =>
    reportRejection(log, burstLog, { errors: [error], context, operation, documentHash: '' });

const rejectionOf = (error: unknown): { code: string; reason?: string } | undefined => {
  const code = errorCodeOf(error);
  if (code === 'FORBIDDEN' || code === 'ORIGIN_NOT_ALLOWED') return { code };
  const original = originalErrorOf(error);
  const reason = original instanceof GatehouseError ? original.detail.reason : undefined;
  return reason === 'TOKEN_INVALID' || reason === 'SESSION_REVOKED' ? { code, reason } : undefined;
};
