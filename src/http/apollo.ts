import {
  ApolloServer,
  HeaderMap,
  type ApolloServerPlugin,
  type GraphQLRequestContext,
  type GraphQLRequestContextWillSendResponse,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { FastifyBaseLogger } from 'fastify';
import { GraphQLError, OperationTypeNode, type GraphQLSchema } from 'graphql';

import { createDocumentCheck, type DocumentCheck } from '../authorization/document-check.js';
import { checkOperation, coerceVariables, costErrorOf } from '../authorization/operation-check.js';
import { rootFieldsOf } from '../authorization/selected-fields.js';
import { GatehouseError, requestErrors } from '../errors.js';
import { changedUserSessionsRefusal } from '../graphql/changed-user-sessions.js';
import { internalsOf, type Context } from '../graphql/context.js';
import { errorCodeOf, createFormatError, originalErrorOf } from '../graphql/format-error.js';
import { cookieRefusalOf } from '../graphql/refresh-transport.js';
import { retryAfterSecondsOf } from '../graphql/retry-after.js';
import type { BurstLog } from './burst-log.js';
import type { FaultReport } from './errors.js';
import { operationNameOf, type RequestedOperation } from './operation-names.js';
import { createRejectionReport, type ReportRejection } from './rejected-requests.js';
import type { RequestObserver } from './request-observer.js';
import { challengeOf, authenticationHeaders } from './www-authenticate.js';
import { MAX_TOKENS } from '../values/policy.js';

export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  /** The largest cost of an operation. */
  readonly maxQueryCost: number;
  readonly landingPage: boolean;
  readonly log: FastifyBaseLogger;
  readonly burstLog: BurstLog;
  /** Called once for each internal error, each unavailability, and each error of the application with a status from 500. */
  readonly onFault: FaultReport;
  /** Called with each operation of a valid document, before its caller is checked. */
  readonly onOperation: (context: Context, operation: RequestedOperation) => void;
  /** Called with the code of each error of a response. */
  readonly onErrorSent: RequestObserver['errorSent'];
  /** Called with the Origin header of a request that may not use the refresh cookie. */
  readonly onRefusedOrigin: (origin: string | undefined) => void;
}

/** Creates Apollo Server with the checks that run before execution. */
export const createApollo = ({
  schema,
  introspection,
  maxQueryCost,
  landingPage,
  log,
  burstLog,
  onFault,
  onOperation,
  onErrorSent,
  onRefusedOrigin,
}: ApolloOptions): ApolloServer<Context> => {
  const formatError = createFormatError(introspection);
  return new ApolloServer<Context>({
    schema,
    logger: log,
    formatError: (formatted, error) => {
      onErrorSent(errorCodeOf(error));
      return formatError(formatted, error);
    },
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    // `operationChecks` validates instead: Apollo would collect up to a hundred errors before their cost is known.
    dangerouslyDisableValidation: true,
    // No locations: for each one, graphql-js counts the lines from the start of the document.
    parseOptions: { maxLexicalTokens: MAX_TOKENS, noLocation: true },
    persistedQueries: false,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      landingPage
        ? ApolloServerPluginLandingPageLocalDefault({ footer: false })
        : ApolloServerPluginLandingPageDisabled(),
      operationChecks({
        rejected: createDocumentCheck(schema, introspection),
        introspection,
        maxQueryCost,
        onOperation,
      }),
      reportErrors({ onFault, onRefusedOrigin }, createRejectionReport(log, burstLog)),
    ],
  });
};

/** Wraps an error so that Apollo responds with its status and headers. For use before execution only. */
export const withStatus = (error: GatehouseError): GraphQLError =>
  new GraphQLError(error.message, {
    originalError: error,
    extensions: {
      http: { status: requestErrors[error.code].status, headers: new HeaderMap(authenticationHeaders(error)) },
    },
  });

/**
 * Decides before execution whether an operation is rejected: by the cost of its document, its validity, its variables and
 * its caller. Afterwards it sets the status of the response.
 */
const operationChecks = ({
  rejected,
  introspection,
  maxQueryCost,
  onOperation,
}: Pick<ApolloOptions, 'introspection' | 'maxQueryCost' | 'onOperation'> & {
  readonly rejected: DocumentCheck;
}): ApolloServerPlugin<Context> => ({
  requestDidStart: ({ request: { query, extensions }, contextValue: context }) => {
    // Apollo has copied the context. A resolver must not replace what the next one reads.
    Object.freeze(context);
    // Clients may send the hash together with the document. Apollo would read the hash only, and refuse it.
    if (query && extensions) delete extensions['persistedQuery'];
    let rootFieldCount = 0;
    return Promise.resolve({
      didResolveOperation: ({ schema, document, operation, request, contextValue }) => {
        const error = rejected(document);
        if (error) throw withStatus(error);
        if (!operation) throw withStatus(new GatehouseError('BAD_REQUEST', { explanation: missingOperation(request) }));
        // graphql-js accepts an operation type that the schema does not have, and then fails to execute it.
        const kind = operation.operation;
        if (kind === OperationTypeNode.SUBSCRIPTION || !schema.getRootType(kind))
          throw withStatus(new GatehouseError('GRAPHQL_VALIDATION_FAILED'));

        const requested = { document, operation, variables: request.variables ?? {} };
        const variables = coerceVariables(schema, requested, introspection);
        if (variables instanceof GatehouseError) throw withStatus(variables);
        const coerced = { ...requested, variables };
        const fields = rootFieldsOf(coerced);
        onOperation(contextValue, { kind, name: operationNameOf(operation, fields) });
        const refused =
          costErrorOf(schema, coerced, maxQueryCost) ??
          checkOperation(schema, coerced, fields, contextValue.caller) ??
          changedUserSessionsRefusal(schema, coerced, fields, contextValue.caller) ??
          cookieRefusalOf(
            internalsOf(contextValue).refreshCookie,
            fields.flatMap(([node]) => node?.name.value ?? []),
          );
        if (refused) throw withStatus(refused);
        rootFieldCount = fields.length;
        return Promise.resolve();
      },
      willSendResponse: (request) => {
        setStatus(request, rootFieldCount === 1);
        dropDataOfFailure(request);
        setRetryAfter(request);
        reportUnusableCredential(request);
        return Promise.resolve();
      },
    });
  },
});

const missingOperation = ({ operationName }: GraphQLRequestContext<Context>['request']): string =>
  operationName
    ? 'The document has no operation with the name that "operationName" states.'
    : 'The document has no operation, or several: state the name of one of them in "operationName".';

const reportErrors = (
  { onFault, onRefusedOrigin }: Pick<ApolloOptions, 'onFault' | 'onRefusedOrigin'>,
  reportRejection: ReportRejection,
): ApolloServerPlugin<Context> => ({
  requestDidStart: () =>
    Promise.resolve({
      didEncounterErrors: async (requestContext) => {
        const { errors, contextValue, request } = requestContext;
        for (const error of errors) {
          const code = errorCodeOf(error);
          if (requestErrors[code].status >= 500 && code !== 'SERVER_BUSY') {
            onFault(originalErrorOf(error), contextValue.requestId);
          }
          if (code === 'ORIGIN_NOT_ALLOWED') onRefusedOrigin(request.http?.headers.get('origin'));
        }
        await reportRejection(requestContext);
      },
    }),
});

/**
 * Sets the HTTP status to that of the error if the whole response is the error: the operation has one root field and it
 * failed, or there is no data at all. A partial response keeps the status 200.
 */
const setStatus = ({ response, errors }: GraphQLRequestContextWillSendResponse<Context>, hasOneRootField: boolean) => {
  const [error] = errors ?? [];
  if (!error) return;
  const original = originalErrorOf(error);
  if (!error.path) {
    // A mutation by GET has no error code; Apollo has set the status 405 together with `Allow`.
    if (response.http.status !== 405) response.http.status = requestErrors[errorCodeOf(error)].status;
    return;
  }
  const isOnly = error.path.length === 1 && hasOneRootField;
  const isEmpty = response.body.kind === 'single' && !response.body.singleResult.data;
  const isWhole = isOnly || (isEmpty && !(original instanceof GatehouseError));
  // The application may have set a status in the error of a nested field.
  response.http.status = isWhole ? requestErrors[errorCodeOf(error)].status : 200;
  if (isOnly) {
    const thrown = original instanceof GatehouseError ? original : new GatehouseError(errorCodeOf(error));
    for (const [name, value] of authenticationHeaders(thrown)) response.http.headers.set(name, value);
  }
};

/** Removes `data` from a response whose status reports a failure. @see GraphQL over HTTP, section 6.4.2 */
const dropDataOfFailure = ({ response }: GraphQLRequestContextWillSendResponse<Context>) => {
  const { status = 200 } = response.http;
  if (response.body.kind === 'single' && (status < 200 || status > 299)) delete response.body.singleResult.data;
};

/** Tells HTTP clients when to repeat a request that a rate limit has refused in its result. */
const setRetryAfter = ({ contextValue, response }: GraphQLRequestContextWillSendResponse<Context>) => {
  const seconds = retryAfterSecondsOf(contextValue);
  if (seconds !== undefined) response.http.headers.set('retry-after', String(seconds));
};

/** Reports a token that cannot be used in a response with data: with public fields it does no harm, but the client should know. */
const reportUnusableCredential = ({ contextValue, response }: GraphQLRequestContext<Context>): void => {
  const { caller } = contextValue;
  if (caller.kind !== 'anonymous' || caller.reason === 'MISSING' || response.body?.kind !== 'single') return;
  const result = response.body.singleResult;
  if (!result.data) return;
  result.extensions = { ...result.extensions, auth: { reason: caller.reason } };
  response.http.headers.set('www-authenticate', challengeOf(caller.reason));
};
