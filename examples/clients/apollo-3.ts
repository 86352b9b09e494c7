import { ApolloClient, from, fromPromise, HttpLink, InMemoryCache, Observable } from 'apollo-client-3/core/index.js';
import { setContext } from 'apollo-client-3/link/context/index.js';
import { onError } from 'apollo-client-3/link/error/index.js';
import { getMainDefinition } from 'apollo-client-3/utilities/index.js';
import { OperationTypeNode } from 'graphql';

import generated from './possible-types.js';
import { bearer, isUnauthenticated, type Session } from './session.js';

interface Context {
  readonly headers?: Record<string, string>;
  readonly accessToken?: string;
  readonly response?: Response;
}

/** Apollo Client 3. A repeated operation does not pass the error link again, so it is repeated once at most. */
export const createClient = (url: string, session: Session): ApolloClient<object> => {
  const authorize = setContext((_request, { headers }: Context) => {
    const accessToken = session.accessToken();
    return { accessToken, headers: { ...headers, ...bearer(accessToken) } };
  });
  const renew = onError(({ graphQLErrors, networkError, response: result, operation, forward }) => {
    const { accessToken, response } = operation.getContext() as Context;
    const definition = getMainDefinition(operation.query);
    const isMutation = 'operation' in definition && definition.operation === OperationTypeNode.MUTATION;
    if (!isUnauthenticated(response?.status, graphQLErrors, isMutation)) return;
    const end = () => (result ? Observable.of(result) : new Observable<never>((o) => o.error(networkError)));
    return fromPromise(session.renew(accessToken)).flatMap((isRenewed) => (isRenewed ? forward(operation) : end()));
  });
  const { possibleTypes } = generated;
  const http = new HttpLink({ uri: url, fetch: session.fetch });
  return new ApolloClient({ cache: new InMemoryCache({ possibleTypes }), link: from([renew, authorize, http]) });
};
