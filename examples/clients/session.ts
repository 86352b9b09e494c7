import type { Tokens, TokenStorage } from './storage.js';

/** What a session is made of. */
export interface SessionOptions {
  /** The GraphQL endpoint. */
  readonly url: string;
  /** Who keeps the refresh token: `body` this program, `cookie` the browser, where no script can read it. */
  readonly transport: 'body' | 'cookie';
  readonly storage: TokenStorage;
  /** `navigator.locks`, where there is one: then only one of several tabs refreshes, and the others wait for it. */
  readonly locks?: Locks | undefined;
  /**
   * Called once when whoever this page was for no longer is: the server refused the session for good, or another tab
   * logged out or logged somebody else in. Empty the client's cache and show the login page.
   */
  readonly onLoggedOut: () => void;
  readonly fetch?: typeof fetch;
}

/** As much of `navigator.locks` as is used. */
export interface Locks {
  request(name: string, work: () => Promise<void>): Promise<unknown>;
}

/** The tokens of somebody who is logged in, and their renewal. One a page. */
export interface Session {
  /** `fetch` as the transport demands it; the client sends everything with it. */
  readonly fetch: typeof fetch;
  /** What to send an operation with; none for one that was sent with the token of another user than is logged in now. */
  accessToken(sentWith?: string): string | undefined;
  /**
   * Makes sure that there is another access token than `stale`, the one that was refused. Calls at the same time share
   * one refresh. False: the operation's own error stands.
   */
  renew(stale: string | undefined): Promise<boolean>;
  /** With what `login` or `changePassword` answered. */
  begin(tokens: Tokens): void;
  /**
   * Logs out: on the server, with all that proves the session, since an access token that has expired proves nothing; and
   * here, even if the server cannot be reached. False: there the session may go on until it is idle for too long.
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
    done
  }
}`;

interface Answer {
  readonly refreshSession?:
    ({ __typename: 'RefreshSessionSuccess' } & Tokens) | { __typename: 'InvalidRefreshToken' | 'RateLimited' };
  readonly logout?: { readonly done: boolean };
}

/**
 * The one rule: refresh once on status 401 or code UNAUTHENTICATED, never on FORBIDDEN. What is refused with 401 has not
 * run. A query that was refused in part may be asked again; a mutation that was has run, and is not repeated.
 */
export const isUnauthenticated = (
  status: number | undefined,
  errors: readonly { readonly extensions?: Readonly<Record<string, unknown>> | undefined }[] | undefined,
  isMutation: boolean,
): boolean =>
  status === 401 || (!isMutation && !!errors?.some(({ extensions }) => extensions?.['code'] === 'UNAUTHENTICATED'));

/** The header of a bearer; none for nobody. */
export const bearer = (accessToken: string | undefined): Record<string, string> =>
  accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };

/** Makes a session. */
export const createSession = (options: SessionOptions): Session => {
  const { url, transport, storage, locks, onLoggedOut, fetch: send = fetch } = options;
  let user: string | undefined;
  let isOver = false;
  let pending: Promise<unknown> | undefined;

  /**
   * The tokens, as long as they are of the user whom this page was for first. Storage and cookie are shared: what was
   * asked on the page of one user must not be done for another, who logged in elsewhere meanwhile.
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
   * Shows the refresh token; in cookie mode the browser does. Undefined when nobody answered, or not our server, or it could
   * not: for that nobody is logged out.
   */
  const present = async (query: string, refreshToken: string | null, headers = {}): Promise<Answer | undefined> => {
    const input = transport === 'cookie' || refreshToken === null ? null : { refreshToken };
    const request = sendInTransport(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables: { input } }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = await request.then((response) => response.json()).catch(() => undefined);
    return (answer as { data?: Answer | null } | undefined)?.data ?? undefined;
  };

  const refresh = async (stale: string | undefined): Promise<void> => {
    const refreshToken = held()?.refreshToken ?? null;
    if (!isHeld(stale) || (transport === 'body' && refreshToken === null)) return;
    const result = (await present(REFRESH, refreshToken))?.refreshSession;
    // What came between, another tab's refresh, a login or a logout, is newer than this answer.
    if (!isHeld(stale)) return;
    if (result?.__typename === 'RefreshSessionSuccess') keep(result);
    if (result?.__typename === 'InvalidRefreshToken') storage.set(undefined);
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
      // Whoever logged in meanwhile, here or in another tab, stays.
      if (held() && user === leaving) {
        user = undefined;
        storage.set(undefined);
      }
      return answer?.logout?.done === true;
    },
  };
};

/** The `sub` of an access token, to compare with another's; whether it is true is for the server to say. */
const userOf = (accessToken = ''): string | undefined => {
  const [, payload = ''] = accessToken.split('.');
  try {
    return (JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { sub?: string }).sub;
  } catch {
    return undefined;
  }
};
