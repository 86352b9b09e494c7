import type { Auth } from '../auth/auth.js';
import type { Caller, Client, UserCaller } from '../auth/caller.js';
import { networkOf, rangesOf, UNREADABLE_NETWORK, UNREADABLE_RANGES } from '../auth/client-info.js';
import { GatehouseError } from '../errors.js';
import type { RefreshCookie } from './refresh-transport.js';
import { USER_AGENT_MAX_LENGTH } from '../values/policy.js';

/** The GraphQL context of one request, which every resolver receives. */
export interface Context {
  readonly caller: Caller;
  readonly client: Client;
  readonly auth: Auth;
  readonly refreshCookie: RefreshCookie;
  /** Aborted when the operation has not ended in time: its result is no longer sent. */
  readonly signal: AbortSignal;
  /** Authenticates the request again: its session may have been revoked since it arrived. */
  readonly callerNow: () => Promise<Caller>;
}

/** The parts of an HTTP request from which the context is created. */
export interface Request {
  /** Every Authorization header as received. Of two, Node would silently keep the first. */
  readonly authorization: readonly string[];
  /** The client's address as trusted proxies report it, or a text that is not an address; undefined behind an unknown proxy. */
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
  /** The tag of the language that the client prefers. */
  readonly language: string | null;
  readonly requestId: string;
  readonly refreshCookie: RefreshCookie;
  readonly signal: AbortSignal;
}

/**
 * Identifies the caller. The rules of the fields decide whether it may proceed. A token that cannot be used yields an
 * anonymous caller with the reason.
 *
 * @throws GatehouseError BAD_AUTHORIZATION_HEADER, or SERVICE_UNAVAILABLE when the session cannot be read
 */
export const createContext = async (auth: Auth, request: Request): Promise<Context> => ({
  caller: await auth.authenticate(request.authorization),
  client: {
    network: request.address === undefined ? null : (networkOf(request.address) ?? UNREADABLE_NETWORK),
    ranges: request.address === undefined ? null : (rangesOf(request.address) ?? UNREADABLE_RANGES),
    userAgent: request.userAgent?.slice(0, USER_AGENT_MAX_LENGTH) ?? null,
    language: request.language,
    requestId: request.requestId,
  },
  auth,
  refreshCookie: request.refreshCookie,
  signal: request.signal,
  callerNow: () => auth.authenticate(request.authorization),
});

/**
 * Returns the caller of a field whose rule requires a user.
 *
 * @throws GatehouseError UNAUTHENTICATED when the field has no such rule and the caller is anonymous
 */
export const requireUser = ({ caller }: Pick<Context, 'caller'>): UserCaller => {
  if (caller.kind === 'anonymous') throw new GatehouseError('UNAUTHENTICATED', { reason: caller.reason });
  return caller;
};
