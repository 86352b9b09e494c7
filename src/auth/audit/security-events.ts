import type { Rows } from '../../store/store.js';
import type { NewSecurityEvent } from '../../store/tables/security-events.js';
import { uuidv7 } from '../../values/uuid.js';
import type { Caller, Client } from '../caller.js';

export type SecurityEventType =
  | 'SIGN_UP_REQUESTED'
  | 'VERIFICATION_REQUESTED'
  | 'EMAIL_VERIFIED'
  | 'EMAIL_CHANGE_REQUESTED'
  | 'EMAIL_CHANGED'
  | 'LOGIN_SUCCEEDED'
  | 'LOGIN_FAILED'
  | 'LOGGED_OUT'
  | 'REFRESH_REPEATED'
  | 'REFRESH_MISMATCHED'
  | 'REFRESH_LATE'
  | 'REFRESH_REPLAYED'
  | 'REFRESH_AHEAD'
  | 'SESSION_REVOKED'
  | 'SESSIONS_REVOKED'
  | 'PASSWORD_CHANGED'
  | 'PASSWORD_REJECTED'
  | 'PASSWORD_RESET_REQUESTED'
  | 'PASSWORD_RESET'
  | 'PROFILE_UPDATED'
  | 'DATA_EXPORTED'
  | 'DELETION_REQUESTED'
  | 'DELETION_CANCELLED'
  | 'USER_ERASED'
  | 'USER_CREATED'
  | 'USERS_IMPORTED'
  | 'USERS_EXPORTED'
  | 'USER_DISABLED'
  | 'USER_ENABLED'
  | 'USER_UNLOCKED'
  | 'USER_SESSIONS_VIEWED'
  | 'ROLES_CHANGED'
  | 'OUTBOX_RETRIED'
  | 'KEYS_RESEALED';

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
