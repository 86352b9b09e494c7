import type { ApplicationAccess } from '../auth/application/application-access.js';
import type { Load } from '../auth/application/batched-reads.js';
import { actorOf } from '../auth/audit/security-events.js';
import type { Auth } from '../auth/auth.js';
import type { Caller, Client, UserCaller } from '../auth/caller.js';
import { networkOf, rangesOf, UNREADABLE_NETWORK, UNREADABLE_RANGES } from '../auth/client-info.js';
import { GatehouseError } from '../errors.js';
import type { RefreshCookie } from './refresh-transport.js';
import { UserProfile } from './users/users.types.js';
import { USER_AGENT_MAX_LENGTH } from '../values/policy.js';

/** What an application may read of the users of Gatehouse. */
export interface UserProfiles {
  /**
   * Returns what other users may see of each user, in the order of the ids. Null for an id that is null or that no user has, which
   * includes a user that was erased. All calls of a request in the same tick are one statement.
   *
   * @throws GatehouseError SERVICE_UNAVAILABLE when the database is unavailable
   */
  readonly profiles: (ids: readonly (string | null)[]) => Promise<(UserProfile | null)[]>;
}

/** The GraphQL context of one request, which every resolver receives. It is frozen and contains nothing else at run time. */
export interface Context extends ApplicationAccess {
  /** Who sent the request. Fields under a rule get their user from `requireUser`. */
  readonly caller: Caller;
  readonly users: UserProfiles;
  readonly load: Load;
  /** The tag of the language that the client prefers; null if it states none. */
  readonly language: string | null;
  /** Identifies the request in the response, the log and the security events. */
  readonly requestId: string;
  /** Aborted when the operation has not ended in time: its result is no longer sent. */
  readonly signal: AbortSignal;
}

/** What only our own code gets of a request: the flows, the cookies, and what the client has sent. */
export interface RequestInternals {
  readonly auth: Auth;
  readonly client: Client;
  readonly refreshCookie: RefreshCookie;
  /** The caller that the rules of the fields judge, whatever the context says that a resolver passes on. */
  readonly caller: Caller;
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
 * The internals of each request. An application's resolver receives the context and the schema, and must not reach from there
 * what a caller may not read, such as the flow that exports a user. The key is the signal, which exists once for each request:
 * Apollo copies the context, but not the objects in it.
 */
const internals = new WeakMap<AbortSignal, RequestInternals>();

/** Returns what only our own code gets of the request. src/extend.ts does not export this function. */
export const internalsOf = ({ signal }: Pick<Context, 'signal'>): RequestInternals => {
  const found = internals.get(signal);
  if (!found) throw new Error('This is not the context of a request.');
  return found;
};

/**
 * Identifies the caller. The rules of the fields decide whether it may proceed. A token that cannot be used yields an
 * anonymous caller with the reason.
 *
 * @throws GatehouseError BAD_AUTHORIZATION_HEADER, or SERVICE_UNAVAILABLE when the session cannot be read
 */
export const createContext = async (auth: Auth, request: Request): Promise<Context> => {
  const { refreshCookie, language, requestId, signal } = request;
  const authenticate = () => auth.authenticate(request.authorization);
  const caller = frozen(await authenticate());
  const client = clientOf(request);
  internals.set(signal, { auth, client, refreshCookie, caller, signal, callerNow: authenticate });
  const access = auth.applicationAccess(actorOf(caller, client), signal);
  const { load, findProfiles } = auth.applicationReads(signal);
  const users = Object.freeze<UserProfiles>({
    async profiles(ids) {
      const profiles = await findProfiles(ids);
      return profiles.map((profile) => profile && new UserProfile(profile));
    },
  });
  return Object.freeze({ caller, ...access, users, load, language, requestId, signal });
};

/** A resolver that changed the roles of the caller would change them for the fields that follow. */
const frozen = (caller: Caller): Caller => {
  if (caller.kind === 'user') Object.freeze(caller.roles);
  return Object.freeze(caller);
};

const clientOf = ({ address, userAgent, language, requestId }: Request): Client => ({
  network: address === undefined ? null : (networkOf(address) ?? UNREADABLE_NETWORK),
  ranges: address === undefined ? null : (rangesOf(address) ?? UNREADABLE_RANGES),
  userAgent: userAgent?.slice(0, USER_AGENT_MAX_LENGTH) ?? null,
  language,
  requestId,
});

/**
 * Returns the caller of a field whose rule requires a user.
 *
 * @throws GatehouseError UNAUTHENTICATED when the field has no such rule and the caller is anonymous
 */
export const requireUser = (context: Context): UserCaller => {
  const { caller } = internalsOf(context);
  if (caller.kind === 'anonymous') throw new GatehouseError('UNAUTHENTICATED', { reason: caller.reason });
  return caller;
};
