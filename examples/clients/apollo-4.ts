import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { OperationTypeNode } from 'graphql';
import { from, mergeMap, of, throwError } from 'rxjs';

import generated from './possible-types.js';
import { bearer, isUnauthenticated, type Session } from './session.js';

interface Context extends ApolloLink.OperationContext {
  readonly headers?: Record<string, string>;
  readonly accessToken?: string;
  readonly response?: Response;
}

/** Apollo Client 4. A repeated operation does not pass the error link again, so it is repeated once at most. */
export const createClient = (url: string, session: Session): ApolloClient => {
  const authorize = new SetContextLink(({ headers }: Context) => {
    const accessToken = session.accessToken();
    return { accessToken, headers: { ...headers, ...bearer(accessToken) } };
  });
  const renew = new ErrorLink(({ error, result, operation, forward }) => {
    const { accessToken, response } = operation.getContext() as Context;
    const errors = CombinedGraphQLErrors.is(error) ? error.errors : undefined;
    if (!isUnauthenticated(response?.status, errors, operation.operationType === OperationTypeNode.MUTATION)) return;
    const end = () => (result ? of(result) : throwError(() => error));
    return from(session.renew(accessToken)).pipe(mergeMap((isRenewed) => (isRenewed ? forward(operation) : end())));
  });
  const { possibleTypes } = generated;
  const http = new HttpLink({ uri: url, fetch: session.fetch });
  return new ApolloClient({
    cache: new InMemoryCache({ possibleTypes }),
    link: ApolloLink.from([renew, authorize, http]),
  });
};
