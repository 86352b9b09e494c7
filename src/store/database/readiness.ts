import { PostgresClient } from './postgres-client.js';
import type { PostgresSource } from './postgres-source.js';

/** Whether the database served requests at the last probe. */
export interface Readiness {
  isReady(): boolean;
  /** Whether the database responded at the last probe, but accepts no writes. */
  isReadOnly(): boolean;
  close(): void;
}

const INTERVAL_MS = 1_000;
const DEADLINE_MS = 1_500;
/** An outage that begins just after a probe is detected within 2 seconds, although the next probe may fail after 2.5. */
const SILENCE_MS = 1_900;
const CONSEQUENCE = 'requests that write fail, and /readyz responds with 503, until it accepts writes.';

/**
 * Probes PostgreSQL once a second on a dedicated connection, so that neither a busy pool nor a lost connection in it delays
 * the result. A database that is read-only, such as a replica after a failover, is not ready. After a failure, the next
 * probe opens a new connection, which resolves the host name again.
 *
 * Resolves after the first probe.
 *
 * @param onOutage called when the database stops being ready
 * @param warn called with a sentence for the operator when the database is found to be read-only
 */
export const watchPostgres = async (
  source: PostgresSource,
  onOutage: () => void,
  warn: (message: string) => void = () => undefined,
): Promise<Readiness> => {
  let client: PostgresClient | undefined;
  let running: Promise<void> | undefined;
  let silence: NodeJS.Timeout | undefined;
  let answeredAt = -Infinity;
  let isReady = false;
  let isReadOnly = false;
  let isClosed = false;

  const succeed = () => {
    if (isClosed) return;
    const at = performance.now();
    answeredAt = at;
    isReady = true;
    isReadOnly = false;
    clearTimeout(silence);
    silence = setTimeout(() => {
      // If this process was blocked, the response may have arrived and is read first.
      setImmediate(() => {
        if (answeredAt === at) reportOutage();
      });
    }, SILENCE_MS);
    silence.unref();
  };

  /** Reports an outage once: if the database is only slow, the connections that are opened later must not be destroyed. */
  const reportOutage = () => {
    if (isReady) onOutage();
    isReady = false;
  };

  const fail = () => {
    client?.connection.stream.destroy();
    client = undefined;
    reportOutage();
  };

  const open = async (): Promise<PostgresClient> => {
    const opened = new PostgresClient(source);
    client = opened;
    await opened.connect();
    return opened;
  };

  const probe = async () => {
    const deadline = setTimeout(() => client?.connection.stream.destroy(), DEADLINE_MS);
    try {
      const connected = client ?? (await open());
      const { rows } = await connected.query<{ transaction_read_only: string }>('SHOW transaction_read_only');
      if (rows[0]?.transaction_read_only === 'off') {
        succeed();
        return;
      }
      if (!isReadOnly && !isClosed) warn(`The database of ${source.variable} is read-only: ${CONSEQUENCE}`);
      isReadOnly = true;
      fail();
    } catch {
      isReadOnly = false;
      fail();
    } finally {
      clearTimeout(deadline);
    }
  };

  const tick = () => (running ??= probe().finally(() => (running = undefined)));
  const timer = setInterval(() => void tick(), INTERVAL_MS);
  timer.unref();
  await tick();
  return {
    isReady: () => isReady,
    isReadOnly: () => isReadOnly,
    close: () => {
      isClosed = true;
      isReady = false;
      clearInterval(timer);
      clearTimeout(silence);
      client?.connection.stream.destroy();
    },
  };
};

/** The embedded database runs in this process and is ready until it is closed. */
export const watchEmbedded = (): Promise<Readiness> => {
  let isReady = true;
  return Promise.resolve({
    isReady: () => isReady,
    isReadOnly: () => false,
    close: () => {
      isReady = false;
    },
  });
};
