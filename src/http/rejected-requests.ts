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
  async ({ errors, contextValue, operation, queryHash: documentHash = '' }) => {
    const rejection = errors.map(rejectionOf).find((found) => found !== undefined);
    if (!rejection) return;
    const { auth, caller, client } = internalsOf(contextValue);
    const name = operation?.name?.value.slice(0, OPERATION_NAME_MAX_LENGTH) ?? null;
    const subject = caller.kind === 'user' ? caller.userId : (caller.subjectId ?? null);
    log.info({ ...rejection, subject, operation: name, documentHash, reqId: client.requestId }, 'request rejected');
    if (rejection.code !== 'FORBIDDEN' || caller.kind !== 'user') return;
    try {
      await auth.recordDeniedAccess(caller, client, { operation: name, documentHash });
    } catch (err) {
      // The request stays rejected, and the line above is its record.
      burstLog.warn({ err, reqId: client.requestId }, 'the security event of a rejected request was not recorded');
    }
  };

const rejectionOf = (error: unknown): { code: string; reason?: string } | undefined => {
  const code = errorCodeOf(error);
  if (code === 'FORBIDDEN' || code === 'ORIGIN_NOT_ALLOWED') return { code };
  const original = originalErrorOf(error);
  const reason = original instanceof GatehouseError ? original.detail.reason : undefined;
  return reason === 'TOKEN_INVALID' || reason === 'SESSION_REVOKED' ? { code, reason } : undefined;
};
