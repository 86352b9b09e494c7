import type { Rows } from '../../store/store.js';
import type { NewSecurityEvent } from '../../store/tables/security-events.js';
import type { SecurityEventKind } from '../../values/policy.js';
import { uuidv7 } from '../../values/uuid.js';
import type { Caller, Client } from '../caller.js';

/**
 * Every type of event, and its kind. Anyone can cause an event of the kind `outsider` without an account, in any number; all
 * others follow a login or an act of an operator. The kind decides how long an event is kept
 * (SECURITY_EVENT_RETENTION_SECONDS).
 */
export const securityEventKinds = {
  SIGN_UP_REQUESTED: 'outsider',
  VERIFICATION_REQUESTED: 'outsider',
  EMAIL_VERIFIED: 'account',
  EMAIL_CHANGE_REQUESTED: 'account',
  EMAIL_CHANGED: 'account',
  LOGIN_SUCCEEDED: 'account',
  LOGIN_FAILED: 'outsider',
  LOGGED_OUT: 'account',
  REFRESH_REPEATED: 'account',
  REFRESH_MISMATCHED: 'account',
  REFRESH_LATE: 'account',
  REFRESH_REPLAYED: 'account',
  REFRESH_AHEAD: 'account',
  SESSION_REVOKED: 'account',
  SESSIONS_REVOKED: 'account',
  ACCESS_DENIED: 'account',
  RATE_LIMIT_EXHAUSTED: 'outsider',
  PASSWORD_CHANGED: 'account',
  PASSWORD_REJECTED: 'account',
  PASSWORD_RESET_REQUESTED: 'outsider',
  PASSWORD_RESET: 'account',
  PROFILE_UPDATED: 'account',
  DATA_EXPORTED: 'account',
  DELETION_REQUESTED: 'account',
  DELETION_CANCELLED: 'account',
  USER_ERASED: 'account',
  USER_CREATED: 'account',
  USERS_IMPORTED: 'account',
  USERS_EXPORTED: 'account',
  USER_DISABLED: 'account',
  USER_ENABLED: 'account',
  USER_UNLOCKED: 'account',
  USER_SESSIONS_VIEWED: 'account',
  ROLES_CHANGED: 'account',
  OUTBOX_RETRIED: 'account',
  KEYS_RESEALED: 'account',
} as const satisfies Record<string, SecurityEventKind>;

export type SecurityEventType = keyof typeof securityEventKinds;

/** The types of a kind. */
export const securityEventTypesOf = (kind: SecurityEventKind): SecurityEventType[] =>
  (Object.keys(securityEventKinds) as SecurityEventType[]).filter((type) => securityEventKinds[type] === kind);

/** An `operator` is the operating system user who runs a command. */
export type Actor =
  | { readonly kind: 'anonymous'; readonly client: Client }
  | { readonly kind: 'user'; readonly userId: string; readonly client: Client }
  | { readonly kind: 'operator'; readonly name: string }
  | { readonly kind: 'system' };

/** An event and its subject. `detail` contains counts and role names, never an address or a secret. */
export interface SecurityEvent {
  readonly type: SecurityEventType;
  readonly subjectId?: string | undefined;
  readonly sessionId?: string;
  /** Overrides the actor of the unit of work. */
  readonly actor?: Actor;
  readonly detail?: Readonly<Record<string, number | string | readonly string[]>>;
}

export const actorOf = (caller: Caller, client: Client): Actor =>
  caller.kind === 'user' ? { kind: 'user', userId: caller.userId, client } : { kind: 'anonymous', client };

// Text from a client is truncated and stripped of control characters, so that a line break cannot forge a record.
const sanitizeText = (text: string) => text.replace(/\p{Cc}/gu, ' ').slice(0, 256);

/** Writes a single event. A flow that changes something records its events in its unit of work instead. */
export const recordEvent = (
  rows: Pick<Rows, 'securityEvents'>,
  now: Date,
  actor: Actor,
  event: SecurityEvent,
): Promise<void> => rows.securityEvents.add([rowOf(now, actor, event)]);

/** Writes the events of a unit of work in one statement. */
export const recordEvents = async (
  rows: Pick<Rows, 'securityEvents'>,
  now: Date,
  actor: Actor,
  events: readonly SecurityEvent[],
): Promise<void> => {
  if (events.length > 0) await rows.securityEvents.add(events.map((event) => rowOf(now, event.actor ?? actor, event)));
};

const rowOf = (now: Date, actor: Actor, event: SecurityEvent): NewSecurityEvent => {
  const client = 'client' in actor ? actor.client : null;
  return {
    id: uuidv7(now),
    type: event.type,
    actorKind: actor.kind,
    actorId: actor.kind === 'user' ? actor.userId : null,
    operator: actor.kind === 'operator' ? actor.name : null,
    subjectId: event.subjectId ?? null,
    sessionId: event.sessionId ?? null,
    correlationId: client?.requestId ?? null,
    network: client?.network ?? null,
    userAgent: client?.userAgent ? sanitizeText(client.userAgent) : null,
    detail: event.detail ?? {},
  };
};
