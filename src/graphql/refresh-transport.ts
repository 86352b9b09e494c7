import type { Tokens } from '../auth/sessions/tokens.js';
import { GatehouseError } from '../errors.js';

/** The cookie in which a browser may keep its refresh token, as this request shows it and its answer sets it. */
export interface RefreshCookie {
  /** Whether the client asks for its refresh token there. */
  readonly isWanted: boolean;
  /** The refresh token that came in it; null when there is none, or more than one. */
  readonly token: string | null;
  /** Whether the request comes from a page that may use it. */
  readonly isOriginAllowed: boolean;
  /** Whether it comes from a page that may not. Both are false for a request without an Origin. */
  readonly isOriginForeign: boolean;
  /** @param maxAgeSeconds how long the browser keeps it */
  set(token: string, maxAgeSeconds: number): void;
  clear(): void;
}

/** Tokens as they are answered; the refresh token is null when it went into the cookie. */
export type HandedOver<T extends Tokens> = Omit<T, 'refreshToken'> & { readonly refreshToken: string | null };

/** Sends a refresh token on its way: in the answer, or in the cookie. */
export type HandOver = <T extends Tokens>(tokens: T) => HandedOver<T>;

/** The refresh token that a request presents, and how its successor goes out. */
export interface Presented {
  /** In cookie mode the token of the cookie, which the successor overwrites. */
  readonly refreshToken: string | null;
  readonly handOver: HandOver;
}

/**
 * Decides where a new session's refresh token goes. A page that may not use the cookie may not have it set either:
 * otherwise it could log its visitor in as somebody else.
 *
 * @throws GatehouseError ORIGIN_NOT_ALLOWED
 */
export const receiveRefreshToken = (cookie: RefreshCookie): Presented => {
  assertOrigin(cookie);
  return { refreshToken: tokenOf(cookie), handOver: handOverBy(cookie) };
};

/**
 * The same for a caller who already has a session. A page at a foreign Origin whose request carries the cookie is refused
 * with or without the header: without it, the refresh token would be in the response, where the page's script reads it.
 *
 * @throws GatehouseError ORIGIN_NOT_ALLOWED
 */
export const receiveRefreshTokenInSession = (cookie: RefreshCookie): Presented => {
  if (cookie.token !== null && cookie.isOriginForeign) throw new GatehouseError('ORIGIN_NOT_ALLOWED');
  return receiveRefreshToken(cookie);
};

/**
 * Takes the refresh token from the input or, in cookie mode, from the cookie. The browser sends the cookie along whichever
 * page asks, so its use requires an allowed Origin; and what came in the cookie goes back into it, never where a script
 * reads it.
 *
 * Nothing but a logout clears the cookie: of two tabs that refresh at once the one that comes too late is refused, and
 * would otherwise throw away what the other was given.
 *
 * @throws GatehouseError BAD_REQUEST for two refresh tokens, ORIGIN_NOT_ALLOWED
 */
export const presentedRefreshToken = (cookie: RefreshCookie, input: string | null): Presented => {
  const token = tokenOf(cookie);
  if (input !== null && token !== null) throw new GatehouseError('BAD_REQUEST');
  assertOrigin(cookie);
  return { refreshToken: input ?? token, handOver: handOverBy(cookie) };
};

/**
 * The refresh tokens whose sessions a logout ends. It takes the cookie of an allowed Origin also without the header, and
 * clears it: if the session stayed live without its cookie, nobody could log it out any more.
 *
 * @throws GatehouseError BAD_REQUEST for two refresh tokens in cookie mode, ORIGIN_NOT_ALLOWED
 */
export const presentedToLogout = (cookie: RefreshCookie, input: string | null): readonly string[] => {
  const { refreshToken } = presentedRefreshToken(cookie, input);
  const presented = cookie.isOriginAllowed ? [refreshToken, cookie.token] : [refreshToken];
  return presented.filter((token) => token !== null);
};

/** Clears the cookie after a logout, where the logout took it. */
export const clearCookieAfterLogout = (cookie: RefreshCookie): void => {
  if (cookie.token !== null && cookie.isOriginAllowed) cookie.clear();
};

/** The mutations that set, read or clear the cookie. */
const cookieFields: ReadonlySet<string> = new Set(['login', 'refreshSession', 'changePassword', 'logout']);

/**
 * Refuses a document with several root fields that use the cookie. A response sets it once: two logins would each begin a
 * session, and the token of the first would be lost.
 *
 * @param fieldNames the names of the root fields that would run, one for each response key
 */
export const refusedForCookie = (
  { isWanted, token }: Pick<RefreshCookie, 'isWanted' | 'token'>,
  fieldNames: readonly string[],
): GatehouseError | undefined => {
  const usesCookie = (name: string) => (isWanted ? cookieFields.has(name) : token !== null && name === 'logout');
  return fieldNames.filter(usesCookie).length > 1 ? new GatehouseError('BAD_REQUEST') : undefined;
};

/** Without the header nothing but a logout reads the cookie. */
const tokenOf = ({ isWanted, token }: RefreshCookie): string | null => (isWanted ? token : null);

const assertOrigin = ({ isWanted, isOriginAllowed }: RefreshCookie): void => {
  if (isWanted && !isOriginAllowed) throw new GatehouseError('ORIGIN_NOT_ALLOWED');
};

const handOverBy =
  (cookie: RefreshCookie): HandOver =>
  (tokens) => {
    if (!cookie.isWanted) return tokens;
    cookie.set(tokens.refreshToken, tokens.refreshExpiresInSeconds);
    return { ...tokens, refreshToken: null };
  };
