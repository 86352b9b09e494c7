import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

import { CONNECT_MS } from './deadlines.js';

/** The channel on which the triggers in prisma/migrations publish changes of principals. */
const CHANNEL = 'principal_changed';

export interface Listener {
  readonly onNotice: (payload: string) => void;
  /** Called once, when the connection is lost. */
  readonly onLost: () => void;
}

export interface Subscription {
  /** Ends the subscription at once, even when the other side no longer responds. */
  end(): void;
}

/**
 * Notifications about changes of principals. The triggers send the id of the user, or an empty payload when the users are
 * too many to name. Instances send echoes.
 */
export interface PrincipalNotices {
  /** @throws Error when the database does not respond within 3 seconds */
  subscribe(listener: Listener): Promise<Subscription>;
  /** Sends a notification to every subscriber, this process included. */
  publish(payload: string): Promise<void>;
}

/**
 * Listens on a dedicated connection, because LISTEN belongs to a session: a pool shares its sessions, and a pooler in
 * transaction mode changes them between transactions.
 *
 * @param url a URL of the database that bypasses any pooler
 */
export const subscribePostgres = async (url: string, { onNotice, onLost }: Listener): Promise<Subscription> => {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS,
    keepAlive: true,
  });
  // `client.end()` would wait for a response, which never arrives when the network drops packets.
  const end = () => client.connection.stream.destroy();
  client.on('notification', ({ channel, payload = '' }) => {
    if (channel === CHANNEL) onNotice(payload);
  });
  client.once('end', onLost);
  // An `end` event follows. Without a listener, this event would end the process.
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

/** Listens within the process. There is no connection that could be lost. */
export const subscribeEmbedded = async (pglite: PGlite, { onNotice }: Listener): Promise<Subscription> => {
  const unsubscribe = await pglite.listen(CHANNEL, onNotice);
  return {
    end: () => {
      if (!pglite.closed) void unsubscribe();
    },
  };
};
