import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

import { StoreUnusable } from '../errors.js';
import { connectionFailure } from './connection-failure.js';
import { CONNECT_MS } from './deadlines.js';
import { PostgresClient } from './postgres-client.js';
import type { PostgresSource } from './postgres-source.js';

/**
 * The channel on which the triggers in prisma/migrations publish changes of principals. A channel belongs to the whole database,
 * so it has the id of the schema in its name, except in `public`: deployments in two schemas do not receive each other's notices.
 */
export const channelSql = `
  'principal_changed' || CASE current_schema() WHEN 'public' THEN ''
    ELSE '_' || (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) END`;

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
  /**
   * @throws StoreUnavailable when the database does not respond within 3 seconds
   * @throws StoreUnusable when the connection leads to another database or schema
   */
  subscribe(listener: Listener): Promise<Subscription>;
  /** Sends a notification to every subscriber, this process included. */
  publish(payload: string): Promise<void>;
}

/** The place in which a connection finds the tables. */
export interface SchemaPlace {
  readonly database: string;
  /** Null when no schema of the search path exists. */
  readonly schema: string | null;
}

export const placeQuery = 'SELECT current_database() AS database, current_schema() AS schema';

/** @throws StoreUnusable when the two URLs lead to different tables */
export const assertSamePlace = (place: SchemaPlace | undefined, direct: SchemaPlace | undefined): void => {
  if (place?.database !== direct?.database)
    throw new StoreUnusable('DATABASE_URL and DATABASE_DIRECT_URL name different databases. Give both the same one.');
  if (place?.schema !== direct?.schema) {
    throw new StoreUnusable(
      'DATABASE_URL and DATABASE_DIRECT_URL lead to different schemas. Give both the same `schema`, or their roles the same search path.',
    );
  }
};

/**
 * Listens on a dedicated connection, because LISTEN belongs to a session: a pool shares its sessions, and a pooler in
 * transaction mode changes them between transactions.
 *
 * @param source a database without a pooler in front of it
 * @param place the tables whose changes are listened for
 */
export const subscribePostgres = async (
  source: PostgresSource,
  place: () => Promise<SchemaPlace>,
  { onNotice, onLost }: Listener,
): Promise<Subscription> => {
  const client = new PostgresClient(source, { query_timeout: CONNECT_MS });
  // `client.end()` would wait for a response, which never arrives when the network drops packets.
  const end = () => client.connection.stream.destroy();
  client.once('end', onLost);
  try {
    await client.connect();
    const { rows } = await client.query<SchemaPlace & { channel: string }>(`${placeQuery}, ${channelSql} AS channel`);
    const [direct] = rows;
    assertSamePlace(await place(), direct);
    const channel = direct?.channel ?? '';
    client.on('notification', ({ channel: from, payload = '' }) => {
      if (from === channel) onNotice(payload);
    });
    await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
  } catch (error) {
    end();
    throw error instanceof StoreUnusable ? error : connectionFailure(source, error);
  }
  return { end };
};

/** Listens within the process. There is no connection that could be lost. */
export const subscribeEmbedded = async (pglite: PGlite, { onNotice }: Listener): Promise<Subscription> => {
  const { rows } = await pglite.query<{ channel: string }>(`SELECT ${channelSql} AS channel`);
  const unsubscribe = await pglite.listen(rows[0]?.channel ?? '', onNotice);
  return {
    end: () => {
      if (!pglite.closed) void unsubscribe();
    },
  };
};
