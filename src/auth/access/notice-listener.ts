import { randomUUID } from 'node:crypto';

import type { PrincipalNotices, Subscription } from '../../store/database/notices.js';

/** Receives the database's notices about changes of principals. */
export interface NoticeListener {
  /** True while every notice that was committed 1.8 seconds ago or earlier has been received. */
  isCurrent(): boolean;
  /** True from a failure, or from four seconds without an echo, until an echo returns. */
  isSilent(): boolean;
  /** Returns the seconds since the newest echo that has returned was sent; Infinity while there is no connection. */
  echoAgeSeconds(): number;
  close(): void;
}

/** Called when the state of the listener changes, for the operator. */
export interface ListenerReports {
  /** @param error why the connection failed; undefined when it is open but returns no echo */
  readonly onSilence: (error?: unknown) => void;
  /** Called when notices arrive again. */
  readonly onRecovery: () => void;
}

export interface NoticeListenerOptions extends ListenerReports {
  readonly notices: PrincipalNotices;
  /** Returns milliseconds of a monotonic clock. */
  readonly monotonic: () => number;
  /** @param userId the user whose principal changed; empty when any principal may have changed */
  readonly onNotice: (userId: string) => void;
  /** Called when notices may have been missed. */
  readonly onMissed: () => void;
}

const ECHO_INTERVAL_MS = 1000;
/** Less than the two seconds within which a revocation must apply, because the response takes a part of them. */
const ECHO_VALID_MS = 1800;
/** A connection, or an attempt to connect, that has been silent for this long is replaced. */
const RECONNECT_AFTER_MS = 4000;

/**
 * Listens, and verifies that notices arrive: every second, this instance sends itself an echo through the database.
 * PostgreSQL delivers notices in the order of their commits, so an echo that returns proves that everything committed before
 * it was sent has arrived too. A connection that is merely open proves nothing: the network may drop packets, and a pooler
 * may have discarded the LISTEN.
 */
export const startNoticeListener = ({
  notices,
  monotonic,
  onNotice,
  onMissed,
  onSilence,
  onRecovery,
}: NoticeListenerOptions): NoticeListener => {
  const prefix = `echo:${randomUUID()}:`;
  let subscription: Subscription | undefined;
  let subscribedAt = 0;
  /** The attempt to connect that is in progress. */
  let connecting: { readonly since: number } | undefined;
  let isSendingEcho = false;
  let isClosed = false;
  /** When the newest echo that has returned was sent. */
  let lastEchoSentAt = -Infinity;

  const isCurrent = () => monotonic() - lastEchoSentAt < ECHO_VALID_MS;

  /** The connection whose notices count; a connection that was replaced may still deliver some. */
  let activeConnection: object | undefined;

  let isSilent = false;
  const reportSilence = (error?: unknown) => {
    if (!isSilent && !isClosed) onSilence(error);
    isSilent = true;
  };
  const receiveEcho = (sentAt: number) => {
    lastEchoSentAt = Math.max(lastEchoSentAt, sentAt);
    if (isSilent) onRecovery();
    isSilent = false;
  };

  const disconnect = () => {
    activeConnection = undefined;
    lastEchoSentAt = -Infinity;
    subscription?.end();
    subscription = undefined;
    onMissed();
  };

  const listenerOf = (isActive: () => boolean) => ({
    onNotice: (payload: string) => {
      if (!isActive()) return;
      if (payload.startsWith(prefix)) receiveEcho(Number(payload.slice(prefix.length)));
      else if (!payload.startsWith('echo:')) onNotice(payload);
    },
    onLost: () => {
      if (isActive()) disconnect();
    },
  });

  const connect = async () => {
    const attempt = { since: monotonic() };
    connecting = attempt;
    activeConnection = attempt;
    try {
      const isActive = () => activeConnection === attempt && !isClosed;
      const opened = await notices.subscribe(listenerOf(isActive));
      if (!isActive()) {
        opened.end();
        return;
      }
      subscription = opened;
      subscribedAt = monotonic();
      sendEcho();
    } catch (error) {
      // The next tick tries again. Until then, every request reads the row.
      if (activeConnection === attempt) reportSilence(error);
    } finally {
      if (connecting === attempt) connecting = undefined;
    }
  };

  /** Sends one echo at a time, so that echoes do not use up the pool while the database does not respond. */
  const sendEcho = () => {
    if (isSendingEcho) return;
    isSendingEcho = true;
    notices
      .publish(prefix + String(monotonic()))
      .catch(() => undefined)
      .finally(() => (isSendingEcho = false));
  };

  const tick = () => {
    if (!isCurrent()) onMissed();
    if (connecting && monotonic() - connecting.since < RECONNECT_AFTER_MS) return;
    if (subscription && monotonic() - Math.max(lastEchoSentAt, subscribedAt) > RECONNECT_AFTER_MS) {
      disconnect();
      reportSilence();
    }
    if (subscription) sendEcho();
    else void connect();
  };

  const timer = setInterval(tick, ECHO_INTERVAL_MS);
  timer.unref();
  tick();
  return {
    isCurrent,
    isSilent: () => isSilent,
    echoAgeSeconds: () => (monotonic() - lastEchoSentAt) / 1000,
    close() {
      isClosed = true;
      clearInterval(timer);
      subscription?.end();
    },
  };
};
