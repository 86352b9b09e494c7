import { ApolloServer, HeaderMap, type ApolloServerPlugin, type GraphQLRequestContext } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { FastifyBaseLogger } from 'fastify';
import { GraphQLError, type GraphQLSchema } from 'graphql';

import { refusedBeforehand, rootFields } from '../contract/operations.js';
import { GatehouseError, statusOf } from '../errors.js';
import type { Context } from '../graphql/context.js';
import { codeOf, createFormatError, originalOf } from '../graphql/format-error.js';
import { challengeOf, headersOf } from './www-authenticate.js';

/** What the GraphQL server is made with. `onFault` is told once of each error that is ours. */
export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly landingPage: boolean;
  readonly log: FastifyBaseLogger;
  readonly onFault: (error: unknown, requestId: string) => void;
}

// Fragments within fragments multiply: a document of a few kilobytes can select millions of fields, and each is answered.
const MAX_SELECTIONS = 500;

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
    introspection,
    logger: log,
    formatError: createFormatError(introspection),
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    maxRecursiveSelections: MAX_SELECTIONS,
    parseOptions: { maxLexicalTokens: MAX_TOKENS },
    persistedQueries: false,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      landingPage
        ? ApolloServerPluginLandingPageLocalDefault({ footer: false })
        : ApolloServerPluginLandingPageDisabled(),
      refuseBeforehand,
      reportFaults(onFault),
      answerWithStatus,
    ],
  });

/** Makes an error of ours one that Apollo answers with its status and headers. For use before execution only. */
export const withStatus = (error: GatehouseError): GraphQLError =>
  new GraphQLError(error.message, {
    originalError: error,
    extensions: { http: { status: statusOf(error.code), headers: new HeaderMap(headersOf(error)) } },
  });

/** Who is calling, against what is asked for: decided in one place, before anything runs. */
const refuseBeforehand: ApolloServerPlugin<Context> = {
  requestDidStart: () =>
    Promise.resolve({
      didResolveOperation: ({ schema, document, operation, request, contextValue }) => {
        const variables = request.variables ?? {};
        // graphql-js takes an operation of a kind that the schema lacks, and fails where it should refuse.
        if (operation && !schema.getRootType(operation.operation)) {
          throw withStatus(new GatehouseError('GRAPHQL_VALIDATION_FAILED'));
        }
        const refused = operation && refusedBeforehand(schema, { document, operation, variables }, contextValue.caller);
        if (refused) throw withStatus(refused);
        return Promise.resolve();
      },
    }),
};

const reportFaults = (onFault: ApolloOptions['onFault']): ApolloServerPlugin<Context> => ({
  requestDidStart: () =>
    Promise.resolve({
      didEncounterErrors: ({ errors, contextValue }) => {
        for (const error of errors) {
          const code = codeOf(error);
          if (code === 'INTERNAL_SERVER_ERROR' || code === 'SERVICE_UNAVAILABLE') {
            onFault(originalOf(error), contextValue.client.requestId);
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
const answerWithStatus: ApolloServerPlugin<Context> = {
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse: (request) => {
        tellUnusableCredential(request);
        const { response, errors, schema, document, operation } = request;
        const [error] = errors ?? [];
        if (!error) return Promise.resolve();
        if (!error.path || !operation || !document) {
          response.http.status = statusOf(codeOf(error));
          return Promise.resolve();
        }
        const original = originalOf(error);
        const requested = { document, operation, variables: request.request.variables ?? {} };
        const isOnly = error.path.length === 1 && rootFields(schema, requested).length === 1;
        const isEmpty = response.body.kind === 'single' && !response.body.singleResult.data;
        if (isOnly || (isEmpty && !(original instanceof GatehouseError)))
          response.http.status = statusOf(codeOf(error));
        if (isOnly && original instanceof GatehouseError) {
          for (const [name, value] of headersOf(original)) response.http.headers.set(name, value);
        }
        return Promise.resolve();
      },
    }),
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
