import type { Tokens, TokenStorage } from './storage.js';

export interface SessionOptions {
  /** The GraphQL endpoint. */
  readonly url: string;
  /** Where the refresh token is stored: by this program (`body`), or by the browser, where no script can read it (`cookie`). */
  readonly transport: 'body' | 'cookie';
  readonly storage: TokenStorage;
  /** `navigator.locks`, if available: of several tabs, one refreshes and the others wait for it. */
  readonly locks?: Locks | undefined;
  /**
   * Called once when the user of this page is no longer logged in: the server rejected the refresh token, or another tab
   * logged out or logged in as another user. Empty the client's cache and show the login page.
   */
  readonly onLoggedOut: () => void;
  readonly fetch?: typeof fetch;
}

/** The part of `navigator.locks` that is used. */
export interface Locks {
  request(name: string, work: () => Promise<void>): Promise<unknown>;
}

/** The tokens of a user who is logged in, and their renewal. A page has one. */
export interface Session {
  /** A `fetch` function that sets what the transport needs. The client sends every request with it. */
  readonly fetch: typeof fetch;
  /** The token for an operation; undefined if the operation was sent before with the token of another user. */
  accessToken(sentWith?: string): string | undefined;
  /**
   * Replaces the access token `stale`, which was rejected. Parallel calls share one refresh. Returns false if there is no
   * other token: the operation fails with its own error.
   */
  renew(stale: string | undefined): Promise<boolean>;
  /** Starts the session with the tokens (`IssuedTokens`) that `login` or `changePassword` returned. */
  begin(tokens: Tokens): void;
  /**
   * Logs out here and on the server, with everything that proves the session, since an access token may have expired. Returns
   * false if the server could not be reached: its session stays live until it expires.
   */
  end(): Promise<boolean>;
}

const TIMEOUT_MS = 10_000;

const REFRESH = `mutation RefreshSession($input: RefreshSessionInput) {
  refreshSession(input: $input) {
    __typename
    ... on RefreshSessionSuccess {
      accessToken
      refreshToken
    }
  }
}`;

const LOGOUT = `mutation Logout($input: LogoutInput) {
  logout(input: $input) {
    revokedSessions
  }
}`;

interface Answer {
  readonly refreshSession?:
    | ({ __typename: 'RefreshSessionSuccess' } & Tokens)
    | { __typename: 'InvalidRefreshTokenError' | 'RateLimitedError' };
  readonly logout?: { readonly revokedSessions: number } | null;
}

/**
 * The one rule: refresh once on status 401 or code UNAUTHENTICATED, never on FORBIDDEN. A request that was rejected with
 * 401 has not run. A query that was rejected in part may be repeated; a mutation that was rejected in part has run and is not repeated.
 */
export const isUnauthenticated = (
  status: number | undefined,
  errors: readonly { readonly extensions?: Readonly<Record<string, unknown>> | undefined }[] | undefined,
  isMutation: boolean,
): boolean =>
  status === 401 || (!isMutation && !!errors?.some(({ extensions }) => extensions?.['code'] === 'UNAUTHENTICATED'));

/** The header that carries an access token; no header without a token. */
export const bearer = (accessToken: string | undefined): Record<string, string> =>
  accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };

export const createSession = (options: SessionOptions): Session => {
  const { url, transport, storage, locks, onLoggedOut, fetch: send = fetch } = options;
  let user: string | undefined;
  let isOver = false;
  let pending: Promise<unknown> | undefined;

  /**
   * The tokens, as long as they belong to the first user of this page. Storage and cookie are shared between tabs: a request
   * from the page of one user must not be carried out for another user who has logged in elsewhere.
   */
  const held = (): Tokens | undefined => {
    if (isOver) return undefined;
    const tokens = storage.get();
    const owner = userOf(tokens?.accessToken);
    user ??= owner;
    if (owner === user) return tokens;
    isOver = true;
    queueMicrotask(onLoggedOut);
    return undefined;
  };

  const isHeld = (accessToken: string | undefined) => held()?.accessToken === accessToken && !isOver;

  const tokenFor = (sentWith: string | undefined): string | undefined => {
    const accessToken = held()?.accessToken;
    const asker = userOf(sentWith);
    return asker === undefined || asker === userOf(accessToken) ? accessToken : undefined;
  };

  const sendInTransport: typeof fetch = (input, init) => {
    if (transport === 'body') return send(input, init);
    const headers = new Headers(init?.headers);
    headers.set('x-refresh-transport', 'cookie');
    return send(input, { ...init, headers, credentials: 'include' });
  };

  /**
   * Presents the refresh token; in cookie mode the browser does. Returns undefined if there was no response, or none of this
   * server, or if the server failed: none of these logs the user out.
   */
  const present = async (query: string, refreshToken: string | null, headers = {}): Promise<Answer | undefined> => {
    const input = transport === 'cookie' || refreshToken === null ? null : { refreshToken };
    const request = sendInTransport(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables: { input } }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer: unknown = await request.then((response) => response.json()).catch(() => undefined);
    return (answer as { data?: Answer | null } | undefined)?.data ?? undefined;
  };

  const refresh = async (stale: string | undefined): Promise<void> => {
    const refreshToken = held()?.refreshToken ?? null;
    if (!isHeld(stale) || (transport === 'body' && refreshToken === null)) return;
    const result = (await present(REFRESH, refreshToken))?.refreshSession;
    // A refresh by another tab, a login or a logout in the meantime is newer than this response.
    if (!isHeld(stale)) return;
    if (result?.__typename === 'RefreshSessionSuccess') keep(result);
    if (result?.__typename === 'InvalidRefreshTokenError') storage.set(undefined);
  };

  const keep = ({ accessToken, refreshToken }: Tokens) => storage.set({ accessToken, refreshToken });

  return {
    fetch: sendInTransport,
    accessToken: tokenFor,
    async renew(stale) {
      if (isHeld(stale)) {
        pending ??= (locks ? locks.request('gatehouse-refresh', () => refresh(stale)) : refresh(stale)).finally(() => {
          pending = undefined;
        });
        await pending;
      }
      const accessToken = tokenFor(stale);
      return accessToken !== undefined && accessToken !== stale;
    },
    begin(tokens) {
      [user, isOver] = [userOf(tokens.accessToken), false];
      keep(tokens);
    },
    async end() {
      const [tokens, leaving] = [held(), user];
      if (isOver) return true;
      const answer = await present(LOGOUT, tokens?.refreshToken ?? null, bearer(tokens?.accessToken));
      // A user who logged in meanwhile, here or in another tab, stays logged in.
      if (held() && user === leaving) {
        user = undefined;
        storage.set(undefined);
      }
      return answer?.logout?.revokedSessions !== undefined;
    },
  };
};

/** The `sub` of an access token, only to compare it with another token's: the signature is not verified. */
const userOf = (accessToken = ''): string | undefined => {
  const [, payload = ''] = accessToken.split('.');
  try {
    return (JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { sub?: string }).sub;
  } catch {
    return undefined;
  }
};
