import { randomUUID } from 'node:crypto';

import type { PrincipalNotices, Subscription } from '../../store/database/notices.js';

/** Whether this instance hears what the database tells of principals. */
export interface NoticeListener {
  /** True while everything that was committed 1.8 seconds ago, or earlier, has been heard. */
  hears(): boolean;
  close(): void;
}

/** What a hearing tells: whose principal changed, and that something may have been missed. */
export interface NoticeListenerOptions {
  readonly notices: PrincipalNotices;
  /** Milliseconds on a clock that never goes back. */
  readonly monotonic: () => number;
  /** @param userId the user whose principal changed; empty when any principal may have changed */
  readonly onNotice: (userId: string) => void;
  readonly onDeaf: () => void;
}

const ECHO_INTERVAL_MS = 1000;
/** Less than the two seconds that are promised, which an answer on its way takes a little of. */
const DEAF_AFTER_MS = 1800;
/** A connection, or a connection attempt, that has been silent for this long is replaced. */
const RECONNECT_AFTER_MS = 4000;

/**
 * Listens, and makes sure that it hears: every second this instance tells itself something through the database.
 * PostgreSQL delivers notices in the order of their commits, so an echo that has come back proves that everything
 * committed before it was sent has come too. A listener that is merely connected proves nothing: packets may vanish, and a
 * pooler may have swallowed the LISTEN.
 */
export const startNoticeListener = ({
  notices,
  monotonic,
  onNotice,
  onDeaf,
}: NoticeListenerOptions): NoticeListener => {
  const prefix = `echo:${randomUUID()}:`;
  let subscription: Subscription | undefined;
  let subscribedAt = 0;
  /** The connection attempt in progress; one that never ends is replaced too. */
  let connecting: { readonly since: number } | undefined;
  let echoing = false;
  let closed = false;
  /** When the newest echo that has come back was sent. */
  let heardAt = -Infinity;

  const hears = () => monotonic() - heardAt < DEAF_AFTER_MS;

  /** The connection that is believed; one that was given up may still have something to say. */
  let current: object | undefined;

  const lose = () => {
    current = undefined;
    heardAt = -Infinity;
    subscription?.end();
    subscription = undefined;
    onDeaf();
  };

  const listenerOf = (isCurrent: () => boolean) => ({
    onNotice: (payload: string) => {
      if (!isCurrent()) return;
      if (payload.startsWith(prefix)) heardAt = Math.max(heardAt, Number(payload.slice(prefix.length)));
      else if (!payload.startsWith('echo:')) onNotice(payload);
    },
    onLost: () => {
      if (isCurrent()) lose();
    },
  });

  const connect = async () => {
    const attempt = { since: monotonic() };
    connecting = attempt;
    current = attempt;
    try {
      const isCurrent = () => current === attempt && !closed;
      const opened = await notices.subscribe(listenerOf(isCurrent));
      if (!isCurrent()) {
        opened.end();
        return;
      }
      subscription = opened;
      subscribedAt = monotonic();
      echo();
    } catch {
      // The next tick tries again; until then every request reads the row.
    } finally {
      if (connecting === attempt) connecting = undefined;
    }
  };

  /** Sends one echo at a time, so that echoes do not use up the pool while the database does not respond. */
  const echo = () => {
    if (echoing) return;
    echoing = true;
    notices
      .publish(prefix + String(monotonic()))
      .catch(() => undefined)
      .finally(() => (echoing = false));
  };

  const tick = () => {
    if (!hears()) onDeaf();
    if (connecting && monotonic() - connecting.since < RECONNECT_AFTER_MS) return;
    if (subscription && monotonic() - Math.max(heardAt, subscribedAt) > RECONNECT_AFTER_MS) lose();
    if (subscription) echo();
    else void connect();
  };

  const timer = setInterval(tick, ECHO_INTERVAL_MS);
  timer.unref();
  tick();
  return {
    hears,
    close() {
      closed = true;
      clearInterval(timer);
      subscription?.end();
    },
  };
};
