import type { Role } from '../app/roles.js';
import type { UnauthenticatedReason } from '../errors.js';

/** Nobody, and why: no credential (`MISSING`), or one that cannot be used. */
export interface AnonymousCaller {
  readonly kind: 'anonymous';
  readonly reason: UnauthenticatedReason;
}

/** Somebody: a live session of an enabled user. The roles are today's, not those of the token. */
export interface UserCaller {
  readonly kind: 'user';
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly Role[];
}

/** Who is calling. */
export type Caller = AnonymousCaller | UserCaller;

/** The program on the other side, as far as the wire shows it. */
export interface Client {
  /**
   * The network it calls from: `203.0.113.0/24`, `2001:db8::/64`, or `unreadable` when the proxy sent no address; null behind a
   * proxy that TRUST_PROXY does not name, where all clients would share one network.
   */
  readonly network: string | null;
  readonly userAgent: string | null;
  /** The preferred language, as in Accept-Language. */
  readonly language: string | null;
  /** Names the request in the response, the log and the security events. */
  readonly requestId: string;
}
