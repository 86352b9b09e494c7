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
import { GraphQLError, type GraphQLSchema } from 'graphql';

import { createDocumentCheck, type DocumentCheck } from '../authorization/document-check.js';
import { coerceVariables, checkOperation, rootFieldsOf } from '../authorization/operation-check.js';
import { GatehouseError, statusOf } from '../errors.js';
import type { Context } from '../graphql/context.js';
import { errorCodeOf, createFormatError, originalErrorOf } from '../graphql/format-error.js';
import { cookieRefusalOf } from '../graphql/refresh-transport.js';
import { challengeOf, authenticationHeaders } from './www-authenticate.js';

/** What the GraphQL server is made with. `onFault` is told once of each error that is ours. */
export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly landingPage: boolean;
  readonly log: FastifyBaseLogger;
  readonly onFault: (error: unknown, requestId: string) => void;
}

// Documents past this many tokens are refused by the parser, before they cost anything.
const MAX_TOKENS = 4000;

/** Makes Apollo Server with what protects it. */
export const createApollo = ({
  schema,
  introspection,
  landingPage,
  log,
  onFault,
}: ApolloOptions): ApolloServer<Context> =>
  new ApolloServer<Context>({
    schema,
    logger: log,
    formatError: createFormatError(introspection),
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    // `operationChecks` validates instead: Apollo would collect up to a hundred errors before their cost is known.
    dangerouslyDisableValidation: true,
    // Without locations, each of which graphql-js finds by counting the lines from the start of the document.
    parseOptions: { maxLexicalTokens: MAX_TOKENS, noLocation: true },
    persistedQueries: false,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      landingPage
        ? ApolloServerPluginLandingPageLocalDefault({ footer: false })
        : ApolloServerPluginLandingPageDisabled(),
      operationChecks(createDocumentCheck(schema, introspection)),
      reportFaults(onFault),
    ],
  });

/** Makes an error of ours one that Apollo answers with its status and headers. For use before execution only. */
export const withStatus = (error: GatehouseError): GraphQLError =>
  new GraphQLError(error.message, {
    originalError: error,
    extensions: { http: { status: statusOf(error.code), headers: new HeaderMap(authenticationHeaders(error)) } },
  });

/**
 * Decides before execution whether an operation is rejected: by the cost of its document, its validity, its variables and
 * its caller. Afterwards it sets the status of the response.
 */
const operationChecks = (rejected: DocumentCheck): ApolloServerPlugin<Context> => ({
  requestDidStart: ({ request: { query, extensions } }) => {
    // Clients may send the hash together with the document; Apollo would look at the hash alone, and support none.
    if (query && extensions) delete extensions['persistedQuery'];
    let rootFieldCount = 0;
    return Promise.resolve({
      didResolveOperation: ({ schema, document, operation, request, contextValue }) => {
        const error = rejected(document);
        if (error) throw error instanceof GatehouseError ? withStatus(error) : error;
        if (!operation) throw withStatus(new GatehouseError('BAD_REQUEST'));
        // graphql-js takes an operation of a kind that the schema lacks, and fails where it should refuse.
        if (!schema.getRootType(operation.operation)) throw withStatus(new GatehouseError('GRAPHQL_VALIDATION_FAILED'));

        const requested = { document, operation, variables: request.variables ?? {} };
        const variables = coerceVariables(schema, requested);
        if (variables instanceof GraphQLError) throw variables;
        const fields = rootFieldsOf({ ...requested, variables });
        const refused =
          checkOperation(schema, operation.operation, fields, contextValue.caller) ??
          cookieRefusalOf(
            contextValue.refreshCookie,
            fields.flatMap(([node]) => node?.name.value ?? []),
          );
        if (refused) throw withStatus(refused);
        rootFieldCount = fields.length;
        return Promise.resolve();
      },
      willSendResponse: (request) => {
        setStatus(request, rootFieldCount === 1);
        dropDataOfFailure(request);
        tellUnusableCredential(request);
        return Promise.resolve();
      },
    });
  },
});

const reportFaults = (onFault: ApolloOptions['onFault']): ApolloServerPlugin<Context> => ({
  requestDidStart: () =>
    Promise.resolve({
      didEncounterErrors: ({ errors, contextValue }) => {
        for (const error of errors) {
          const code = errorCodeOf(error);
          if (code === 'INTERNAL_SERVER_ERROR' || code === 'SERVICE_UNAVAILABLE') {
            onFault(originalErrorOf(error), contextValue.client.requestId);
          }
        }
        return Promise.resolve();
      },
    }),
});

/**
 * Gives a response the status that its error stands for, where the whole response is that error: the operation has one
 * root field and it failed, or nothing was answered at all. A part of an answer stays a 200.
 */
const setStatus = ({ response, errors }: GraphQLRequestContextWillSendResponse<Context>, hasOneRootField: boolean) => {
  const [error] = errors ?? [];
  if (!error) return;
  const original = originalErrorOf(error);
  if (!error.path) {
    // A mutation by GET has no code of its own; Apollo has set the status that goes with its `Allow`.
    if (response.http.status !== 405) response.http.status = statusOf(errorCodeOf(error));
    return;
  }
  const isOnly = error.path.length === 1 && hasOneRootField;
  const isEmpty = response.body.kind === 'single' && !response.body.singleResult.data;
  const isWhole = isOnly || (isEmpty && !(original instanceof GatehouseError));
  // An application may have set a status in the error of a nested field.
  response.http.status = isWhole ? statusOf(errorCodeOf(error)) : 200;
  if (isOnly) {
    const thrown = original instanceof GatehouseError ? original : new GatehouseError(errorCodeOf(error));
    for (const [name, value] of authenticationHeaders(thrown)) response.http.headers.set(name, value);
  }
};

/** A response that reports a failure has no data. @see GraphQL over HTTP, section 6.4.2 */
const dropDataOfFailure = ({ response }: GraphQLRequestContextWillSendResponse<Context>) => {
  const { status = 200 } = response.http;
  if (response.body.kind === 'single' && (status < 200 || status > 299)) delete response.body.singleResult.data;
};

/** A stale token beside public fields does no harm, but its client should know. */
const tellUnusableCredential = ({ contextValue, response }: GraphQLRequestContext<Context>): void => {
  const { caller } = contextValue;
  if (caller.kind !== 'anonymous' || caller.reason === 'MISSING' || response.body?.kind !== 'single') return;
  const result = response.body.singleResult;
  if (!result.data) return;
  result.extensions = { ...result.extensions, auth: { reason: caller.reason } };
  response.http.headers.set('www-authenticate', challengeOf(caller.reason));
};
