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
export const receive = (cookie: RefreshCookie): HandOver => {
  assertOrigin(cookie, cookie.isWanted);
  return handOverBy(cookie, cookie.isWanted);
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
