import pg from 'pg';

/** Whether the database serves requests, as of the last probe. */
export interface Readiness {
  isReady(): boolean;
  close(): void;
}

const INTERVAL_MS = 1_000;
const DEADLINE_MS = 1_500;
/** A loss just after a probe was answered is noticed within 2 seconds too, although the next probe may take 2.5. */
const SILENCE_MS = 1_900;

/**
 * Probes PostgreSQL once a second over a connection of its own, so that neither a busy pool nor a dead connection in it
 * delays the result. A database that refuses writes, such as a replica after a failover, is not ready. After a failure the
 * next probe connects anew, which follows a name to another server.
 *
 * @param onLoss called when the database stops being ready
 * @returns after the first probe
 */
export const watchPostgres = async (url: string, onLoss: () => void): Promise<Readiness> => {
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
      // When it was this process that stood still, the answer may be waiting to be read.
      setImmediate(() => {
        if (answeredAt === at) lose();
      });
    }, SILENCE_MS);
    silence.unref();
  };

  /** Reports a loss once: later connections are not affected, and reopening them would burden a database that is merely slow. */
  const lose = () => {
    if (isReady) onLoss();
    isReady = false;
  };

  const fail = () => {
    client?.connection.stream.destroy();
    client = undefined;
    lose();
  };

  const open = (): Promise<pg.Client> => {
    client = new pg.Client({ connectionString: url });
    // A failed connection fails its probe, or the next one; without a listener it would end the process.
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

/** The embedded database is in this process: it is ready while it is open. */
export const watchEmbedded = (): Promise<Readiness> => {
  let isReady = true;
  return Promise.resolve({
    isReady: () => isReady,
    close: () => {
      isReady = false;
    },
  });
};
