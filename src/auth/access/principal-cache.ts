import { LRUCache } from 'lru-cache';

import type { Principal, SessionRecord } from '../../store/tables/sessions.js';
import type { Store } from '../../store/store.js';
import { startNoticeListener, type ListenerReports, type NoticeListener } from './notice-listener.js';

/** A principal and the use of its session. Times are milliseconds of the monotonic clock. */
export interface CachedPrincipal extends Pick<Principal, 'userId' | 'roles'> {
  /** When the session expires, by its idle or its absolute limit, whichever is earlier. */
  readonly endsAt: number;
  confirmedGeneration: number;
  seenAt: number;
}

/** What an operator can observe of the cache. */
export interface PrincipalCacheState {
  /** The number of principals that were found in the cache since the start. */
  readonly hits: number;
  /** The number of cached principals. */
  readonly size: number;
  /** Whether notices arrive, so that cached principals are used. */
  readonly isInUse: boolean;
  /** The age of the newest echo, in seconds; Infinity while there is no connection or no echo has returned. */
  readonly echoAgeSeconds: number;
}

/** The principals of sessions, without a database read for each request. */
export interface PrincipalCache {
  /** The principal of a live session of an enabled user; `undefined` otherwise. */
  find(sessionId: SessionRecord['id']): Promise<CachedPrincipal | undefined>;
  /**
   * Records that a session was used and that its client has received the tokens of `generation`. Writes at once when the
   * generation is new, otherwise at most once a minute.
   */
  recordUse(sessionId: SessionRecord['id'], generation: number, principal: CachedPrincipal): Promise<void>;
  /** Called after every change of a user's sessions, roles, password or state, before the response. */
  forget(userId: string): void;
  /** Starts to listen for notices. Otherwise the first request does. */
  listen(): void;
  /** Whether notices arrive, as far as is known. */
  receivesNotices(): boolean;
  /** The number of reads from the database since the start. */
  reads(): number;
  state(): PrincipalCacheState;
  close(): void;
}

const MAX_PRINCIPALS = 50_000;
const SEEN_INTERVAL_MS = 60_000;

/** A read in progress, and the notices that arrived meanwhile. */
interface Fill {
  readonly changed: Set<string>;
  flushed: boolean;
}

/**
 * Caches principals while notices of their changes arrive.
 *
 * A principal is cached only if no notice about its user has arrived, and none may have been missed, since its read began:
 * the row may have been read just before a revocation whose notice came first. Reads are not shared between requests either;
 * a read that began before a revocation must not serve a request that arrived after it.
 *
 * While notices do not arrive, nothing is cached and each request reads the row: a lost connection costs speed, never safety.
 * The instance that revokes therefore enforces the revocation at once, and the others within two seconds at most.
 */
export const createPrincipalCache = (
  store: Store,
  monotonic: () => number = () => performance.now(),
  reports: ListenerReports = { onSilence: () => undefined, onRecovery: () => undefined },
): PrincipalCache => {
  const sessionIdsByUser = new Map<string, Set<string>>();
  const cache = new LRUCache<string, CachedPrincipal>({
    max: MAX_PRINCIPALS,
    dispose: ({ userId }, sessionId) => {
      const sessionIds = sessionIdsByUser.get(userId);
      sessionIds?.delete(sessionId);
      if (sessionIds?.size === 0) sessionIdsByUser.delete(userId);
    },
  });
  const fills = new Set<Fill>();
  /** The writes in progress, by session and generation. */
  const confirmations = new Map<string, Promise<boolean>>();
  let reads = 0;
  let hits = 0;

  const forget = (userId: string) => {
    for (const fill of fills) fill.changed.add(userId);
    for (const sessionId of [...(sessionIdsByUser.get(userId) ?? [])]) cache.delete(sessionId);
  };
  const flush = () => {
    for (const fill of fills) fill.flushed = true;
    cache.clear();
  };
  /** An empty payload: one statement ended too many sessions to name their users. */
  const onNotice = (userId: string) => {
    if (userId === '') flush();
    else forget(userId);
  };
  // Started by a server or by the first request: a command reads no principal, so it has nothing to listen for.
  let listener: NoticeListener | undefined;
  const isCurrent = () => {
    listener ??= startNoticeListener({
      notices: store.principalNotices,
      monotonic,
      onNotice,
      onMissed: flush,
      ...reports,
    });
    return listener.isCurrent();
  };

  const add = (sessionId: string, principal: CachedPrincipal) => {
    cache.set(sessionId, principal);
    const sessionIds = sessionIdsByUser.get(principal.userId) ?? new Set();
    sessionIdsByUser.set(principal.userId, sessionIds.add(sessionId));
  };

  /**
   * Requests with tokens of the same generation share one write. While its row is locked, each would otherwise hold a connection,
   * and nobody else could be identified.
   */
  const confirm = (sessionId: string, generation: number): Promise<boolean> => {
    const key = `${sessionId} ${generation}`;
    const begun =
      confirmations.get(key) ??
      store.sessions.confirm(sessionId, generation).finally(() => {
        confirmations.delete(key);
      });
    confirmations.set(key, begun);
    return begun;
  };

  return {
    async find(sessionId) {
      const cached = isCurrent() ? cache.get(sessionId) : undefined;
      if (cached && monotonic() < cached.endsAt) {
        hits += 1;
        return cached;
      }

      const fill: Fill = { changed: new Set(), flushed: !isCurrent() };
      fills.add(fill);
      const startedAt = monotonic();
      reads += 1;
      try {
        const row = await store.sessions.principal(sessionId);
        if (!row || row.secondsLeft <= 0) return undefined;
        const { userId, roles, confirmedGeneration, secondsLeft, secondsSinceSeen } = row;
        const endsAt = startedAt + secondsLeft * 1000;
        const principal = { userId, roles, confirmedGeneration, endsAt, seenAt: startedAt - secondsSinceSeen * 1000 };
        if (!fill.flushed && !fill.changed.has(userId) && isCurrent()) add(sessionId, principal);
        return principal;
      } finally {
        fills.delete(fill);
      }
    },
    async recordUse(sessionId, generation, principal) {
      if (principal.confirmedGeneration >= generation && monotonic() - principal.seenAt < SEEN_INTERVAL_MS) return;
      // After the database was restored to an earlier state, a token may be of a generation that its row has not reached.
      // It must not confirm the generation that gets this number later.
      if (!(await confirm(sessionId, generation))) return;
      principal.confirmedGeneration = Math.max(principal.confirmedGeneration, generation);
      principal.seenAt = monotonic();
    },
    forget,
    listen: () => void isCurrent(),
    receivesNotices: () => listener?.isSilent() !== true,
    reads: () => reads,
    state: () => ({
      hits,
      size: cache.size,
      isInUse: listener?.isCurrent() === true,
      echoAgeSeconds: listener?.echoAgeSeconds() ?? Infinity,
    }),
    close: () => listener?.close(),
  };
};
