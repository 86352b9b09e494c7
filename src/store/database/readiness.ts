import pg from 'pg';

/** Whether the database served requests at the last probe. */
export interface Readiness {
  isReady(): boolean;
  close(): void;
}

const INTERVAL_MS = 1_000;
const DEADLINE_MS = 1_500;
/** An outage that begins just after a probe is detected within 2 seconds, although the next probe may fail after 2.5. */
const SILENCE_MS = 1_900;

/**
 * Probes PostgreSQL once a second on a dedicated connection, so that neither a busy pool nor a lost connection in it delays
 * the result. A database that is read-only, such as a replica after a failover, is not ready. After a failure, the next
 * probe opens a new connection, which resolves the host name again.
 *
 * Resolves after the first probe.
 *
 * @param onOutage called when the database stops being ready
 */
export const watchPostgres = async (url: string, onOutage: () => void): Promise<Readiness> => {
  let client: pg.Client | undefined;
  let running: Promise<void> | undefined;
  let silence: NodeJS.Timeout | undefined;
  let answeredAt = -Infinity;
  let isReady = false;
  let isClosed = false;

  const succeed = () => {
    if (isClosed) return;
    const at = performance.now();
    answeredAt = at;
    isReady = true;
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

  const open = (): Promise<pg.Client> => {
    client = new pg.Client({ connectionString: url });
    // A lost connection fails the current or the next probe. Without a listener, the event would end the process.
    client.on('error', () => undefined);
    return client.connect();
  };

  const probe = async () => {
    const deadline = setTimeout(() => client?.connection.stream.destroy(), DEADLINE_MS);
    try {
      const connected = client ?? (await open());
      const { rows } = await connected.query<{ transaction_read_only: string }>('SHOW transaction_read_only');
      if (rows[0]?.transaction_read_only === 'off') succeed();
      else fail();
    } catch {
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
    close: () => {
      isReady = false;
    },
  });
};
