import type { Rows } from '../../store/store.js';
import type { RevokedSessions } from '../../store/tables/sessions.js';
import type { NewUser, UserRecord } from '../../store/tables/users.js';
import type { SecurityEvent } from './security-events.js';

/** A user that a write created, without anything that is secret. */
export interface CreatedUser extends Pick<
  UserRecord,
  'id' | 'email' | 'name' | 'locale' | 'createdAt' | 'origin' | 'roles'
> {
  readonly emailVerified: boolean;
}

/** Writes that change who may do what. Each takes the event that records it, so that no call compiles without one. */
export interface EventfulWrites {
  readonly users: {
    readonly create: (user: NewUser, event: SecurityEvent) => Promise<UserRecord>;
    /** Records the event only when the state changed. */
    readonly setDisabled: (userId: string, isDisabled: boolean, event: SecurityEvent) => Promise<boolean>;
    readonly remove: (userId: string, event: SecurityEvent) => Promise<void>;
  };
  readonly userRoles: {
    readonly grant: (userId: string, roles: readonly string[], event: SecurityEvent) => Promise<void>;
    readonly revoke: (userId: string, roles: readonly string[], event: SecurityEvent) => Promise<void>;
  };
  readonly passwordCredentials: {
    readonly set: (userId: string, hash: string, event: SecurityEvent) => Promise<void>;
    /** Records the event only when the password was still the one of `version`. */
    readonly change: (userId: string, version: number, hash: string, event: SecurityEvent) => Promise<boolean>;
  };
  readonly sessions: {
    /** Records the event, with the session's user as its subject, only when the session was live. */
    readonly revoke: (sessionId: string, event: SecurityEvent) => Promise<string | undefined>;
    readonly revokeOwn: (sessionId: string, userId: string, event: SecurityEvent) => Promise<boolean>;
    /** Adds the number of sessions to the event as `count`, and records it when there were any. */
    readonly revokeAll: (userId: string, event: SecurityEvent, exceptId?: string | null) => Promise<number>;
    /** As `revokeAll`, for the sessions of these ids. */
    readonly revokeThese: (userId: string, sessionIds: readonly string[], event: SecurityEvent) => Promise<number>;
    readonly revokeOldest: (
      userId: string,
      keep: number,
      eventOf: (revoked: RevokedSessions) => SecurityEvent,
    ) => Promise<RevokedSessions>;
  };
  readonly bulkUsers: {
    /** Adds the number of users to the event as `count`, and records it when there are any. */
    readonly add: (users: Parameters<Rows['bulkUsers']['add']>[0], event: SecurityEvent) => Promise<string[]>;
  };
}

/** The events of a unit of work, in the order in which they were recorded. */
export const createEventList = () => {
  const recorded = new Set<SecurityEvent>();
  const counts = new Map<SecurityEvent, number>();
  return {
    record: (event: SecurityEvent) => {
      recorded.add(event);
    },
    /** Adds to the event's `count`, whether or not the event is recorded in the end. */
    count: (event: SecurityEvent, count: number) => counts.set(event, (counts.get(event) ?? 0) + count),
    recorded: (): SecurityEvent[] =>
      [...recorded].map((event) => {
        const count = counts.get(event);
        return count === undefined ? event : { ...event, detail: { count, ...event.detail } };
      }),
  };
};

type EventList = ReturnType<typeof createEventList>;

const withSubject = (event: SecurityEvent, subjectId: string, sessionId: string): SecurityEvent =>
  event.subjectId === undefined ? { ...event, subjectId, sessionId } : event;

/**
 * @param changed called with each user whose principals the writes change
 * @param created called with the users that a write created
 */
export const createEventfulWrites = (
  { users, userRoles, passwordCredentials, sessions, bulkUsers }: Rows,
  events: EventList,
  changed: (userId: string) => void,
  created: (users: readonly CreatedUser[]) => void,
) => {
  const record = (userId: string, event: SecurityEvent) => {
    changed(userId);
    events.record(event);
  };
  const recordRevoked = (userId: string, event: SecurityEvent, count: number) => {
    changed(userId);
    events.count(event, count);
    if (count > 0) events.record(event);
    return count;
  };
  return {
    users: {
      ...users,
      async create(user: NewUser, event: SecurityEvent) {
        const record = await users.create(user);
        events.record(event);
        created([{ ...record, emailVerified: record.emailVerifiedAt !== null }]);
        return record;
      },
      async setDisabled(userId: string, isDisabled: boolean, event: SecurityEvent) {
        const isChanged = await users.setDisabled(userId, isDisabled);
        if (isChanged) record(userId, event);
        return isChanged;
      },
      async remove(userId: string, event: SecurityEvent) {
        await users.remove(userId);
        record(userId, event);
      },
    },
    userRoles: {
      ...userRoles,
      async grant(userId: string, roles: readonly string[], event: SecurityEvent) {
        await userRoles.grant(userId, roles);
        record(userId, event);
      },
      async revoke(userId: string, roles: readonly string[], event: SecurityEvent) {
        await userRoles.revoke(userId, roles);
        record(userId, event);
      },
    },
    passwordCredentials: {
      ...passwordCredentials,
      async set(userId: string, hash: string, event: SecurityEvent) {
        await passwordCredentials.set(userId, hash);
        record(userId, event);
      },
      async change(userId: string, version: number, hash: string, event: SecurityEvent) {
        const isChanged = await passwordCredentials.change(userId, version, hash);
        if (isChanged) record(userId, event);
        return isChanged;
      },
    },
    sessions: {
      ...sessions,
      async revoke(sessionId: string, event: SecurityEvent) {
        const userId = await sessions.revoke(sessionId);
        if (userId !== undefined) record(userId, withSubject(event, userId, sessionId));
        return userId;
      },
      async revokeOwn(sessionId: string, userId: string, event: SecurityEvent) {
        const wasLive = await sessions.revokeOwn(sessionId, userId);
        changed(userId);
        if (wasLive) events.record(withSubject(event, userId, sessionId));
        return wasLive;
      },
      async revokeAll(userId: string, event: SecurityEvent, exceptId: string | null = null) {
        return recordRevoked(userId, event, await sessions.revokeAll(userId, exceptId));
      },
      async revokeThese(userId: string, sessionIds: readonly string[], event: SecurityEvent) {
        return recordRevoked(userId, event, await sessions.revokeThese(userId, sessionIds));
      },
      async revokeOldest(userId: string, keep: number, eventOf: (revoked: RevokedSessions) => SecurityEvent) {
        const revoked = await sessions.revokeOldest(userId, keep);
        if (revoked.count > 0) record(userId, eventOf(revoked));
        return revoked;
      },
    },
    bulkUsers: {
      ...bulkUsers,
      async add(imported: Parameters<Rows['bulkUsers']['add']>[0], event: SecurityEvent) {
        const added = await bulkUsers.add(imported);
        const addresses = new Set(added);
        const arrived = imported.filter(({ emailCanonical }) => addresses.has(emailCanonical));
        created(arrived.map((user) => ({ ...user, emailVerified: user.verified, origin: 'IMPORT' })));
        events.count(event, added.length);
        if (added.length > 0) events.record(event);
        return added;
      },
    },
  };
};
