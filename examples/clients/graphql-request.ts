import { analyzeDocument, GraphQLClient } from 'graphql-request';

import { bearer, isUnauthenticated, type Session } from './session.js';

interface Answer {
  readonly errors?: { readonly extensions?: Record<string, unknown> }[];
}

/** graphql-request. The refresh is part of a `fetch` function, which works for any client that accepts one. */
export const createClient = (url: string, session: Session): GraphQLClient => {
  const renewing: typeof fetch = async (input, init) => {
    const send = (accessToken: string | undefined) => {
      const headers = new Headers(init?.headers);
      for (const [name, value] of Object.entries(bearer(accessToken))) headers.set(name, value);
      return session.fetch(input, { ...init, headers });
    };
    const accessToken = session.accessToken();
    const response = await send(accessToken);
    const body = response.clone().json() as Promise<Answer>;
    const { errors } = await body.catch((): Answer => ({}));
    const { query } = JSON.parse(init?.body as string) as { query: string };
    if (!isUnauthenticated(response.status, errors, analyzeDocument(query).isMutation)) return response;
    return (await session.renew(accessToken)) ? send(session.accessToken()) : response;
  };
  return new GraphQLClient(url, { fetch: renewing });
};
