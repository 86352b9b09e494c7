import { cacheExchange, Client, fetchExchange, makeOperation } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';

import { bearer, isUnauthenticated, type Session } from './session.js';

/** urql. The exchange delays operations while it refreshes, and repeats each once, whether or not the refresh succeeded. */
export const createClient = (url: string, session: Session): Client => {
  const auth = authExchange((utilities) => {
    let stale: string | undefined;
    return Promise.resolve({
      addAuthToOperation: (operation) => {
        const accessToken = session.accessToken(operation.context['accessToken'] as string | undefined);
        const { kind, context } = utilities.appendHeaders(operation, bearer(accessToken));
        return makeOperation(kind, operation, { ...context, accessToken });
      },
      didAuthError: ({ response, graphQLErrors }, { kind, context }) => {
        stale = context['accessToken'] as string | undefined;
        return isUnauthenticated((response as Response | undefined)?.status, graphQLErrors, kind === 'mutation');
      },
      refreshAuth: async () => {
        await session.renew(stale);
      },
    });
  });
  // By default urql sends queries with GET, which the server rejects as a possible cross-site request forgery.
  const options = { url, fetch: session.fetch, preferGetMethod: false };
  return new Client({ ...options, exchanges: [cacheExchange, auth, fetchExchange] });
};
