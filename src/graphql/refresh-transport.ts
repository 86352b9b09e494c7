import type { Tokens } from '../auth/sessions/tokens.js';
import { GatehouseError } from '../errors.js';

/**
 * The cookies in which a browser may keep its refresh token and its device token: read from the request, set on the response.
 */
export interface RefreshCookie {
  /** Whether the client asks for its refresh token in the cookie (`X-Refresh-Transport: cookie`). */
  readonly isWanted: boolean;
  /** The refresh token that the request carries in the cookie; null when there is none, or more than one. */
  readonly token: string | null;
  /** The device token that the request carries in its cookie; null when there is none, or more than one. */
  readonly deviceToken: string | null;
  /** Whether the request comes from a page that may use the cookies. */
  readonly isOriginAllowed: boolean;
  /** Whether it comes from a page that may not. Both are false for a request without an Origin header. */
  readonly isOriginForeign: boolean;
  /** @param maxAgeSeconds how long the browser keeps the cookie */
  set(token: string, maxAgeSeconds: number): void;
  setDeviceToken(token: string): void;
  clear(): void;
}

/** Tokens as the response contains them. Those that are in cookies are null. */
export type HandedOver<T extends Tokens> = Omit<T, 'refreshToken' | 'deviceToken'> & {
  readonly refreshToken: string | null;
  readonly deviceToken: string | null;
};

/** Puts the refresh token and the device token of issued tokens into the response body or into the cookies. */
export type HandOver = <T extends Tokens & { readonly deviceToken?: string }>(tokens: T) => HandedOver<T>;

/** The refresh token that a request presents, and the way in which its successor is returned. */
export interface Presented {
  /** In cookie mode, the token in the cookie, which the successor overwrites. */
  readonly refreshToken: string | null;
  readonly handOver: HandOver;
}

/**
 * Decides where the refresh token of a new session goes. A page that may not use the cookie may not have it set either:
 * otherwise it could log its visitor in to another account (login CSRF).
 *
 * @throws GatehouseError ORIGIN_NOT_ALLOWED
 */
export const receiveRefreshToken = (cookie: RefreshCookie): Presented => {
  assertOrigin(cookie);
  return { refreshToken: tokenOf(cookie), handOver: handOverThrough(cookie) };
};

/**
 * Does the same as `receiveRefreshToken` for a caller that already has a session. A page at a foreign Origin whose request
 * carries the cookie is refused with or without the X-Refresh-Transport header: without it, the refresh token would be in the
 * response body, where a script of that page can read it.
 *
 * @throws GatehouseError ORIGIN_NOT_ALLOWED
 */
export const receiveRefreshTokenInSession = (cookie: RefreshCookie): Presented => {
  if (cookie.token !== null && cookie.isOriginForeign) throw originNotAllowed();
  return receiveRefreshToken(cookie);
};

/**
 * Takes the refresh token from the input or, in cookie mode, from the cookie. The browser sends the cookie no matter which
 * page makes the request, so its use requires an allowed Origin. The successor of a token from the cookie is returned in the
 * cookie only, where no script can read it.
 *
 * Only a logout clears the cookie. When two tabs refresh at the same time, the later one may be refused; clearing the cookie
 * for it would discard the token that the other tab has just received.
 *
 * @throws GatehouseError BAD_REQUEST for two refresh tokens, ORIGIN_NOT_ALLOWED
 */
export const presentedRefreshToken = (cookie: RefreshCookie, input: string | null): Presented => {
  const token = tokenOf(cookie);
  if (input !== null && token !== null)
    throw new GatehouseError('BAD_REQUEST', {
      explanation: 'The request has a refresh token both in the cookie and in the input. Send one of them.',
    });
  assertOrigin(cookie);
  return { refreshToken: input ?? token, handOver: handOverThrough(cookie) };
};

/**
 * Returns the refresh tokens whose sessions a logout ends. For an allowed Origin, a logout uses and clears the cookie even
 * without the X-Refresh-Transport header: a session that stayed live without its cookie could no longer be logged out.
 *
 * @throws GatehouseError BAD_REQUEST for two refresh tokens in cookie mode, ORIGIN_NOT_ALLOWED
 */
export const presentedToLogout = (cookie: RefreshCookie, input: string | null): readonly string[] => {
  const { refreshToken } = presentedRefreshToken(cookie, input);
  const presented = cookie.isOriginAllowed ? [refreshToken, cookie.token] : [refreshToken];
  return presented.filter((token) => token !== null);
};

/** Clears the cookie if the logout used it. */
export const clearCookieAfterLogout = (cookie: RefreshCookie): void => {
  if (cookie.token !== null && cookie.isOriginAllowed) cookie.clear();
};

/**
 * Decides where a device token goes that is issued without a session.
 *
 * @returns the function that puts it there, and returns what the response contains
 * @throws GatehouseError ORIGIN_NOT_ALLOWED
 */
export const receiveDeviceToken = (cookie: RefreshCookie): ((token: string) => string | null) => {
  assertOrigin(cookie);
  return (token) => {
    if (!cookie.isWanted) return token;
    cookie.setDeviceToken(token);
    return null;
  };
};

/** The device token that a login presents: of the input or, in cookie mode, of the cookie. */
export const presentedDeviceToken = ({ isWanted, deviceToken }: RefreshCookie, input: string | null): string | null =>
  (input === '' ? null : input) ?? (isWanted ? deviceToken : null);

const mutationsWithCookie: ReadonlySet<string> = new Set([
  'login',
  'refreshSession',
  'changePassword',
  'logout',
  'verifyEmail',
  'resetPassword',
]);

/**
 * Returns the error of an operation with several root fields that set, read or clear the cookie. A response sets it once: of
 * two logins, each would start a session, and the refresh token of the first would be lost.
 *
 * @param fieldNames the names of the root fields that would run, one for each response key
 */
export const cookieRefusalOf = (
  { isWanted, token }: Pick<RefreshCookie, 'isWanted' | 'token'>,
  fieldNames: readonly string[],
): GatehouseError | undefined => {
  const usesCookie = (name: string) => (isWanted ? mutationsWithCookie.has(name) : token !== null && name === 'logout');
  if (fieldNames.filter(usesCookie).length < 2) return undefined;
  return new GatehouseError('BAD_REQUEST', {
    explanation: 'Several root fields of the operation use the refresh cookie. Send them in separate requests.',
  });
};

/** Without the X-Refresh-Transport header, only a logout reads the cookie. */
const tokenOf = ({ isWanted, token }: RefreshCookie): string | null => (isWanted ? token : null);

const originNotAllowed = () =>
  new GatehouseError('ORIGIN_NOT_ALLOWED', {
    explanation: 'The header Origin is missing, or is neither the origin of PUBLIC_URL nor one in CORS_ORIGINS.',
  });

const assertOrigin = ({ isWanted, isOriginAllowed }: RefreshCookie): void => {
  if (isWanted && !isOriginAllowed) throw originNotAllowed();
};

const handOverThrough =
  (cookie: RefreshCookie): HandOver =>
  (tokens) => {
    if (!cookie.isWanted) return { ...tokens, deviceToken: tokens.deviceToken ?? null };
    cookie.set(tokens.refreshToken, tokens.refreshExpiresInSeconds);
    if (tokens.deviceToken !== undefined) cookie.setDeviceToken(tokens.deviceToken);
    return { ...tokens, refreshToken: null, deviceToken: null };
  };
