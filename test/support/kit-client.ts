import type { TypedDocumentNode } from '@graphql-typed-document-node/core';

import { bearer, type Answer, type AnswerError, type LoginSuccess, type TestApp } from './app.js';
import { RefreshSessionDocument } from './generated/operations.js';

/** Required unless the operation has no variables. */
type VariablesOf<Variables> =
  Variables extends Readonly<Record<string, never>> ? [variables?: Variables] : [variables: Variables];

/** What the server answered to an operation. */
export type KitResponse<Data> = Pick<Answer<Data>, 'status' | 'data' | 'errors'>;

/**
 * A client of the server, with the types that are generated from the documents of test/app. For example:
 *
 *     const { createProject } = await client.send(CreateProjectDocument, { input: { title: 'Engine' } });
 *     const { status, errors } = await kit.anonymous.response(CreateProjectDocument, { input: { title: 'Engine' } });
 *     const answer = await client.request('/app/projects.csv');
 */
export interface KitClient {
  /**
   * Sends an operation, and returns its data.
   *
   * @throws ResponseError when the response has errors
   */
  send<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    ...variables: VariablesOf<Variables>
  ): Promise<Data>;
  /** Sends an operation, and returns the whole response, with its errors. */
  response<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    ...variables: VariablesOf<Variables>
  ): Promise<KitResponse<Data>>;
  /** Sends an HTTP request to a route of the server, such as `/app/webhooks/payments`, with the options of `fetch`. */
  request(route: `/${string}`, init?: RequestInit): Promise<Response>;
}

/**
 * Thrown when a response has errors that `client.response` would return. For example:
 *
 *     await expect(client.send(AllProjectsDocument)).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 });
 */
export class ResponseError extends Error {
  override readonly name = 'ResponseError';
  /** The code of the first error. */
  readonly code: string | undefined;

  constructor(
    readonly status: number,
    readonly errors: readonly AnswerError[],
  ) {
    super(errors.map(describeError).join('\n'));
    this.code = errors[0]?.extensions.code;
  }
}

const describeError = ({ message, path, extensions: { code } }: AnswerError): string =>
  `${code}${path ? ` at ${path.join('.')}` : ''}: ${message}`;

/** The headers of the next request. */
type HeadersOf = () => Promise<Record<string, string>>;

type Tokens = Pick<LoginSuccess, 'accessToken' | 'refreshToken' | 'expiresIn'>;

/** Returns a client that is logged in if it is given tokens. It renews them when `now`, in milliseconds, has passed their end. */
export const createKitClient = (app: Pick<TestApp, 'url' | 'send'>, now: () => number, tokens?: Tokens): KitClient => {
  const headersOf = tokens ? renewedTokens(app, now, tokens) : () => Promise.resolve({});
  const response: KitClient['response'] = async <Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    ...[variables]: VariablesOf<Variables>
  ) => {
    // An operation without variables gets none.
    const { status, data, errors } = await app.send(document, variables as Variables, await headersOf());
    return { status, data, errors };
  };
  return {
    response,
    async send(document, ...variables) {
      const { status, data, errors } = await response(document, ...variables);
      if (errors.length > 0 || data == null) throw new ResponseError(status, errors);
      return data;
    },
    async request(route, init) {
      const headers = new Headers(await headersOf());
      new Headers(init?.headers).forEach((value, name) => {
        headers.set(name, value);
      });
      return fetch(`${app.url}${route}`, { redirect: 'manual', ...init, headers });
    },
  };
};

const renewedTokens = ({ send }: Pick<TestApp, 'send'>, now: () => number, tokens: Tokens): HeadersOf => {
  const withEnd = (issued: Tokens) => ({ ...issued, end: now() + issued.expiresIn * 1000 });
  let current: ReturnType<typeof withEnd> | undefined = withEnd(tokens);
  let renewal = Promise.resolve();
  const renew = async () => {
    if (!current?.refreshToken || now() < current.end) return;
    const { data } = await send(RefreshSessionDocument, { input: { refreshToken: current.refreshToken } });
    // After the end of its session, the client is anonymous.
    current =
      data?.refreshSession.__typename === 'RefreshSessionSuccess' ? withEnd({ ...data.refreshSession }) : undefined;
  };
  return async () => {
    // Parallel requests wait for one renewal.
    await (renewal = renewal.then(renew));
    return current ? bearer(current.accessToken) : {};
  };
};
