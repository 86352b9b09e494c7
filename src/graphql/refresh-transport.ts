import type { Tokens } from '../auth/tokens.js';
import { GatehouseError } from '../errors.js';

/** The cookie in which a browser may keep its refresh token, as this request shows it and its answer sets it. */
export interface RefreshCookie {
  /** Whether the client asks for its refresh token there. */
  readonly isWanted: boolean;
  /** The refresh token that came in it. */
  readonly token: string | null;
  /** Whether the request comes from a page that may use it. */
  readonly isOriginAllowed: boolean;
  /** @param maxAgeSeconds how long the browser keeps it */
  set(token: string, maxAgeSeconds: number): void;
  clear(): void;
}

/** Tokens as they are answered; the refresh token is null when it went into the cookie. */
export type HandedOver<T extends Tokens> = Omit<T, 'refreshToken'> & { readonly refreshToken: string | null };

/** Sends a refresh token on its way: in the answer, or in the cookie. */
export type HandOver = <T extends Tokens>(tokens: T) => HandedOver<T>;

/** What a request that starts a session does with the cookie. */
export interface Received {
  /** The refresh token in the cookie, which the new session's overwrites. */
  readonly refreshToken: string | null;
  readonly handOver: HandOver;
}

/** A refresh token that a request presents, and how its successor goes out. */
export interface Presented {
  readonly refreshToken: string | null;
  readonly isInCookie: boolean;
  readonly handOver: HandOver;
}

/**
 * Decides where a new session's refresh token goes. A page that may not use the cookie may not have it set either:
 * otherwise it could log its visitor in as somebody else.
 *
 * @throws GatehouseError ORIGIN_NOT_ALLOWED
 */
export const receive = (cookie: RefreshCookie): Received => {
  assertOrigin(cookie, cookie.isWanted);
  return { refreshToken: cookie.isWanted ? cookie.token : null, handOver: handOverBy(cookie, cookie.isWanted) };
};

/**
 * Takes the refresh token from the input or from the cookie. The browser sends the cookie along whichever page asks, so
 * its use wants an Origin that is allowed; and what came in the cookie goes back into it, never where a script reads it.
 *
 * Nothing but a logout clears the cookie: of two tabs that refresh at once the one that comes too late is refused, and
 * would otherwise throw away what the other was given.
 *
 * @throws GatehouseError BAD_REQUEST for two refresh tokens, ORIGIN_NOT_ALLOWED
 */
export const present = (cookie: RefreshCookie, input: string | null): Presented => {
  if (input !== null && cookie.token !== null) throw new GatehouseError('BAD_REQUEST');
  const isInCookie = cookie.token !== null;
  const usesCookie = isInCookie || cookie.isWanted;
  assertOrigin(cookie, usesCookie);
  return { refreshToken: input ?? cookie.token, isInCookie, handOver: handOverBy(cookie, usesCookie) };
};

/** The mutations that set, read or clear the cookie. */
const cookieFields: ReadonlySet<string> = new Set(['login', 'refreshSession', 'changePassword', 'logout']);

/**
 * Refuses a document with several root fields that use the cookie. An answer sets it once: each of two logins would begin a
 * session, and nobody would hold the token of the first.
 *
 * @param fieldNames the names of the root fields that would run, one for each response key
 */
export const refusedForCookie = (
  { isWanted }: Pick<RefreshCookie, 'isWanted'>,
  fieldNames: readonly (string | undefined)[],
): GatehouseError | undefined =>
  isWanted && fieldNames.filter((name) => name !== undefined && cookieFields.has(name)).length > 1
    ? new GatehouseError('BAD_REQUEST')
    : undefined;

const assertOrigin = ({ isOriginAllowed }: RefreshCookie, usesCookie: boolean): void => {
  if (usesCookie && !isOriginAllowed) throw new GatehouseError('ORIGIN_NOT_ALLOWED');
};

const handOverBy =
  (cookie: RefreshCookie, usesCookie: boolean): HandOver =>
  (tokens) => {
    if (!usesCookie) return tokens;
    cookie.set(tokens.refreshToken, tokens.refreshExpiresInSeconds);
    return { ...tokens, refreshToken: null };
  };
