import { CombinedGraphQLErrors, gql, ServerError } from '@apollo/client';
import type { CombinedError } from '@urql/core';
import { ClientError } from 'graphql-request';

import * as apollo3 from '../../examples/clients/apollo-3.js';
import * as apollo4 from '../../examples/clients/apollo-4.js';
import * as graphqlRequest from '../../examples/clients/graphql-request.js';
import type { Session } from '../../examples/clients/session.js';
import * as urql from '../../examples/clients/urql.js';

/** The outcome of one operation as the caller of the client sees it. */
export interface Outcome {
  readonly data: unknown;
  readonly errors: readonly { readonly code: unknown; readonly path: unknown }[];
}

/** Asks a query past the client's cache, or a mutation. It rejects with what is no GraphQL error. */
export type Ask = (document: string) => Promise<Outcome>;

/** Opens a client of examples/clients. */
export type Open = (url: string, session: Session) => Ask;

interface RawError {
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
  readonly path?: readonly (string | number)[] | undefined;
}

const outcome = (data: unknown, errors: readonly RawError[] = []): Outcome => ({
  data: data ?? null,
  errors: errors.map(({ extensions, path }) => ({ code: extensions?.['code'], path })),
});

const errorsIn = (body: unknown): readonly RawError[] | undefined => (body as { errors?: RawError[] } | null)?.errors;

const isMutation = (document: string) => document.startsWith('mutation');

export const openApollo4: Open = (url, session) => {
  const client = apollo4.createClient(url, session);
  return async (document) => {
    const { data, error } = isMutation(document)
      ? await client.mutate({ mutation: gql(document), errorPolicy: 'all' })
      : await client.query({ query: gql(document), fetchPolicy: 'network-only', errorPolicy: 'all' });
    if (CombinedGraphQLErrors.is(error)) return outcome(data, error.errors);
    if (ServerError.is(error)) return outcome(data, errorsIn(JSON.parse(error.bodyText)));
    if (error) throw new Error(error.message, { cause: error });
    return outcome(data);
  };
};

export const openApollo3: Open = (url, session) => {
  const client = apollo3.createClient(url, session);
  return async (document) => {
    try {
      const result: { data?: unknown; errors?: readonly RawError[] } = isMutation(document)
        ? await client.mutate({ mutation: gql(document), errorPolicy: 'all' })
        : await client.query({ query: gql(document), fetchPolicy: 'network-only', errorPolicy: 'all' });
      return outcome(result.data, result.errors);
    } catch (error) {
      const refusal = (error as { networkError?: { result?: { errors?: RawError[] } } }).networkError?.result;
      if (!refusal) throw error;
      return outcome(null, refusal.errors);
    }
  };
};

export const openUrql: Open = (url, session) => {
  const client = urql.createClient(url, session);
  return async (document) => {
    const { data, error }: { data?: unknown; error?: CombinedError | undefined } = isMutation(document)
      ? await client.mutation(document, {})
      : await client.query(document, {}, { requestPolicy: 'network-only' });
    if (error?.networkError) throw error;
    return outcome(data, error?.graphQLErrors);
  };
};

export const openGraphqlRequest: Open = (url, session) => {
  const client = graphqlRequest.createClient(url, session);
  return async (document) => {
    try {
      return outcome(await client.request(document));
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      return outcome(error.response.data, error.response.errors);
    }
  };
};
