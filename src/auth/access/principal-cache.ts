import { LRUCache } from 'lru-cache';

import type { Principal, SessionRecord } from '../../store/tables/sessions.js';
import type { Store } from '../../store/store.js';
import { startNoticeListener, type NoticeListener } from './notice-listener.js';

/** A principal, and what is known of its use. Times are milliseconds of the monotonic clock. */
export interface CachedPrincipal extends Pick<Principal, 'userId' | 'roles'> {
  /** When the session ends unless it is refreshed before, or in any case. */
  readonly endsAt: number;
  confirmedGeneration: number;
  seenAt: number;
}

/** Who stands behind a session, without a read per request. */
export interface PrincipalCache {
  /** The principal of a session that lives, of an enabled user; `undefined` otherwise. */
  find(sessionId: SessionRecord['id']): Promise<CachedPrincipal | undefined>;
  /** Writes, at most once a minute, that a session was used, and at once that its client holds a new generation. */
  noteUse(sessionId: SessionRecord['id'], generation: number, principal: CachedPrincipal): Promise<void>;
  /** Called after every change of a user's sessions, roles, password or state, before the change is answered. */
  forget(userId: string): void;
  /** How often the row was read. */
  reads(): number;
  close(): void;
}

const MAX_PRINCIPALS = 50_000;
const SEEN_INTERVAL_MS = 60_000;

/** A read that is under way, and what was heard meanwhile. */
interface Fill {
  readonly changed: Set<string>;
  flushed: boolean;
}

/**
 * Remembers principals for as long as it hears of their changes.
 *
 * A principal is remembered only if nothing was heard of its user, and nothing was missed, since its read began: the row
 * may have been read just before a revocation whose notice came first. Reads are not shared between requests either; one
 * that began before a revocation must not answer a request that came after it.
 *
 * While this instance does not hear, it remembers nothing and reads the row on each request: deafness costs speed, never
 * safety. So an instance that revokes refuses at once, and the others within two seconds at the worst.
 */
export const createPrincipalCache = (
  store: Store,
  monotonic: () => number = () => performance.now(),
): PrincipalCache => {
  const sessionsOf = new Map<string, Set<string>>();
  const known = new LRUCache<string, CachedPrincipal>({
    max: MAX_PRINCIPALS,
    dispose: ({ userId }, sessionId) => {
      const sessionIds = sessionsOf.get(userId);
      sessionIds?.delete(sessionId);
      if (sessionIds?.size === 0) sessionsOf.delete(userId);
    },
  });
  const fills = new Set<Fill>();
  let reads = 0;

  const forget = (userId: string) => {
    for (const fill of fills) fill.changed.add(userId);
    for (const sessionId of [...(sessionsOf.get(userId) ?? [])]) known.delete(sessionId);
  };
  const flush = () => {
    for (const fill of fills) fill.flushed = true;
    known.clear();
  };
  /** An empty payload: one statement ended too many sessions to name their users. */
  const onNotice = (userId: string) => {
    if (userId === '') flush();
    else forget(userId);
  };
  // Begun by the first request: a command asks for no principal, and has nothing to listen for.
  let hearing: NoticeListener | undefined;
  const hears = () => {
    hearing ??= startNoticeListener({ notices: store.principalNotices, monotonic, onNotice, onDeaf: flush });
    return hearing.hears();
  };

  const remember = (sessionId: string, principal: CachedPrincipal) => {
    known.set(sessionId, principal);
    const sessionIds = sessionsOf.get(principal.userId) ?? new Set();
    sessionsOf.set(principal.userId, sessionIds.add(sessionId));
  };

  return {
    async find(sessionId) {
      const remembered = hears() ? known.get(sessionId) : undefined;
      if (remembered && monotonic() < remembered.endsAt) return remembered;

      const fill: Fill = { changed: new Set(), flushed: !hears() };
      fills.add(fill);
      const startedAt = monotonic();
      reads += 1;
      try {
        const row = await store.sessions.principal(sessionId);
        if (!row || row.secondsLeft <= 0) return undefined;
        const { userId, roles, confirmedGeneration, secondsLeft, secondsSinceSeen } = row;
        const endsAt = startedAt + secondsLeft * 1000;
        const principal = { userId, roles, confirmedGeneration, endsAt, seenAt: startedAt - secondsSinceSeen * 1000 };
        if (!fill.flushed && !fill.changed.has(userId) && hears()) remember(sessionId, principal);
        return principal;
      } finally {
        fills.delete(fill);
      }
    },
    async noteUse(sessionId, generation, principal) {
      if (principal.confirmedGeneration >= generation && monotonic() - principal.seenAt < SEEN_INTERVAL_MS) return;
      // A token may be ahead of a row that went back in time: the generation that will bear its number is not confirmed by it.
      if (!(await store.sessions.confirm(sessionId, generation))) return;
      principal.confirmedGeneration = Math.max(principal.confirmedGeneration, generation);
      principal.seenAt = monotonic();
    },
    forget,
    reads: () => reads,
    close: () => hearing?.close(),
  };
};
