import type { Auth } from '../auth/auth.js';
import type { Caller, Client, UserCaller } from '../auth/caller.js';
import { networkOf, UNREADABLE_NETWORK } from '../auth/client-info.js';
import { GatehouseError } from '../errors.js';
import type { RefreshCookie } from './refresh-transport.js';

/** What every resolver is given: who is calling, from where, the flows, and where a refresh token goes. */
export interface Context {
  readonly caller: Caller;
  readonly client: Client;
  readonly auth: Auth;
  readonly refreshCookie: RefreshCookie;
  /** Asks again who is calling; what was true when the request came may have been taken away since. */
  readonly callerNow: () => Promise<Caller>;
}

const USER_AGENT_MAX = 256;

/** As much of an HTTP request as tells who is calling. */
export interface Request {
  /** Every Authorization header, as it came: where there are two, Node keeps one and says nothing. */
  readonly authorization: readonly string[];
  /** The client's address as trusted proxies report it, or a text that is not an address; undefined behind an unknown proxy. */
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
  /** The tag of the language that the client wants most. */
  readonly language: string | null;
  readonly requestId: string;
  readonly refreshCookie: RefreshCookie;
}

/**
 * Identifies the caller; whether it may pass is for the rules to say. A token that cannot be used makes an anonymous
 * caller with the reason.
 *
 * @throws GatehouseError BAD_AUTHORIZATION_HEADER, or SERVICE_UNAVAILABLE when the session cannot be read
 */
export const createContext = async (auth: Auth, request: Request): Promise<Context> => ({
  caller: await auth.authenticate(request.authorization),
  client: {
    network: request.address === undefined ? null : (networkOf(request.address) ?? UNREADABLE_NETWORK),
    userAgent: request.userAgent?.slice(0, USER_AGENT_MAX) ?? null,
    language: request.language,
    requestId: request.requestId,
  },
  auth,
  refreshCookie: request.refreshCookie,
  callerNow: () => auth.authenticate(request.authorization),
});

/**
 * The caller of a field under a rule, which the rule has made sure is somebody.
 *
 * @throws GatehouseError UNAUTHENTICATED when the field has lost its rule
 */
export const requireUser = ({ caller }: Pick<Context, 'caller'>): UserCaller => {
  if (caller.kind === 'anonymous') throw new GatehouseError('UNAUTHENTICATED', { reason: caller.reason });
  return caller;
};
