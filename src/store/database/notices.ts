import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

/** The channel on which triggers tell whose principal has changed; prisma/migrations has the other end. */
const CHANNEL = 'principal_changed';
const CONNECT_MS = 3000;

/** Who hears. `onLost` is called once, when nothing more will come over this connection. */
export interface Listener {
  readonly onNotice: (payload: string) => void;
  readonly onLost: () => void;
}

/** A connection that listens. */
export interface Subscription {
  /** Lets go at once, also of a connection whose other side has vanished without a word. */
  end(): void;
}

/** What the database tells of principals, and how to tell something oneself. */
export interface PrincipalNotices {
  /** @throws Error when the database does not answer within 3 seconds */
  subscribe(listener: Listener): Promise<Subscription>;
  publish(payload: string): Promise<void>;
}

/**
 * Listens over a connection of its own: a pool hands its connections around, and a pooler in transaction mode forgets
 * what was listened to.
 *
 * @param url the database, past any pooler
 */
export const subscribePostgres = async (url: string, { onNotice, onLost }: Listener): Promise<Subscription> => {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS,
    keepAlive: true,
  });
  // `client.end()` says good-bye and waits for an answer that a black hole never gives.
  const end = () => client.connection.stream.destroy();
  client.on('notification', ({ channel, payload = '' }) => {
    if (channel === CHANNEL) onNotice(payload);
  });
  client.once('end', onLost);
  // `end` follows; without a listener the process would end.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
  } catch (error) {
    end();
    throw error;
  }
  return { end };
};

/** Listens in process. The embedded database is one process, so this is never lost. */
export const subscribeEmbedded = async (pglite: PGlite, { onNotice }: Listener): Promise<Subscription> => {
  const unsubscribe = await pglite.listen(CHANNEL, onNotice);
  return {
    end: () => {
      if (!pglite.closed) void unsubscribe();
    },
  };
};
