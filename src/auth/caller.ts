import type { Role } from '../values/roles.js';
import type { UnauthenticatedReason } from '../errors.js';
import type { ClientRanges } from '../values/client-ranges.js';

/** A caller that is not identified, and the reason: no credential (`MISSING`), or one that cannot be used. */
export interface AnonymousCaller {
  readonly kind: 'anonymous';
  readonly reason: UnauthenticatedReason;
  /** The user of a token that we have issued and whose session has ended. */
  readonly subjectId?: string;
}

/** A live session of an enabled user. The roles are the user's current ones, not those in the token. */
export interface UserCaller {
  readonly kind: 'user';
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly Role[];
}

export type Caller = AnonymousCaller | UserCaller;

/** The client program, as far as its request shows it. */
export interface Client {
  /**
   * The network of the client's address: `203.0.113.0/24`, `2001:db8::/64`, or `unreadable` when the proxy sent no
   * address. Null behind a proxy that TRUST_PROXY does not name, where all clients would share one network.
   */
  readonly network: string | null;
  /** The ranges by which rate limits count the client. Null when `network` is. */
  readonly ranges: ClientRanges | null;
  readonly userAgent: string | null;
  /** The preferred language from Accept-Language. */
  readonly language: string | null;
  /** Identifies the request in the response, the log and the security events. */
  readonly requestId: string;
}
