import { setTimeout as delay } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

import { connectionFailure } from './connection-failure.js';
import { CLOSE_MS } from './deadlines.js';
import { PostgresClient, withDeadline } from './postgres-client.js';
import type { PostgresSource } from './postgres-source.js';

/** A transaction on its own connection, in which migrations are applied. */
export interface MigrationSession {
  readonly query: <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  /**
   * Runs a script of several statements.
   *
   * @throws Error of the database, also when the script contains a statement that ends the transaction
   */
  readonly execute: (script: string) => Promise<void>;
  /** The schema that `schema` of the URL names. It is created when it does not exist. */
  readonly schema?: string | undefined;
}

/** The id of the advisory lock in the schema `public`. It is arbitrary, but the same in every version. */
const MIGRATION_LOCK = 7_146_021_854;
/** Session-level locks: that of Prisma's command line, and that of Gatehouse 0.1, which took both. */
const SESSION_LOCKS = [72_707_369, 7_146_021_853];
const POLL_MS = 200;
/** The limit of every statement except those of migrations, which have none. */
const STATEMENT_MS = 30_000;

/**
 * A pooler may use a different connection for every transaction and then give it to another client, so the lock and all
 * settings are local to the transaction. A migration has no time limit, but its transaction is ended when its process stops
 * responding.
 */
const beginQuery = `
  BEGIN;
  SET LOCAL TIME ZONE 'UTC'; SET LOCAL standard_conforming_strings = on; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
  SET LOCAL idle_in_transaction_session_timeout = '60s'`;

/** Deployments in two schemas of a database migrate independently. A schema that does not exist yet is that of the search path. */
const lockId = `
  CASE current_schema() WHEN 'public' THEN ${MIGRATION_LOCK} ELSE
    hashtextextended('gatehouse.migration in ' || coalesce(current_schema(), current_setting('search_path')), 0) END`;

/**
 * Tries to take the lock. A session-level lock in a session that has been idle for 5 seconds is ignored, because no process
 * is migrating in it: a pooler keeps such a session after the client that took the lock has disconnected.
 */
const lockQuery = `
  SELECT pg_try_advisory_xact_lock(${lockId}) AND NOT EXISTS (
    SELECT FROM pg_locks AS held JOIN pg_stat_activity AS session USING (pid)
    WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
      AND (held.classid::bigint << 32 | held.objid::bigint) IN (${SESSION_LOCKS.join(', ')})
      AND session.datname = current_database() AND session.pid <> pg_backend_pid()
      AND (session.state IS DISTINCT FROM 'idle' OR session.state_change > clock_timestamp() - interval '5 seconds')
  ) AS locked`;

/**
 * Runs `work` in a transaction on its own connection while no other process migrates the database. Commits when `work`
 * resolves. The server rolls back when `work` rejects or this process ends.
 *
 * The lock is polled, because waiting for it would occupy a connection of the pooler.
 *
 * @param onWait called once when another process holds the lock
 */
export const inPostgresSession = async <T>(
  source: PostgresSource,
  work: (session: MigrationSession) => Promise<T>,
  onWait: () => void,
): Promise<T> => {
  const client = new PostgresClient(source);
  await client.connect().catch((error: unknown) => {
    throw connectionFailure(source, error);
  });
  const begin = async (): Promise<boolean> => {
    await withDeadline(client, STATEMENT_MS, client.query(beginQuery));
    return (
      (await withDeadline(client, STATEMENT_MS, client.query<{ locked: boolean }>(lockQuery))).rows[0]?.locked === true
    );
  };
  try {
    for (let attempt = 1; !(await begin()); attempt += 1) {
      await withDeadline(client, STATEMENT_MS, client.query('ROLLBACK'));
      if (attempt === 1) onWait();
      await delay(POLL_MS);
    }
    const result = await work({
      query: async <Row>(sql: string, values: readonly unknown[] = []) =>
        (await withDeadline(client, STATEMENT_MS, client.query(sql, [...values]))).rows as Row[],
      execute: async (script) => {
        await client.query(inOneTransaction(script));
      },
      schema: source.schema,
    });
    await withDeadline(client, STATEMENT_MS, client.query('COMMIT'));
    return result;
  } catch (error) {
    await withDeadline(client, STATEMENT_MS, client.query('ROLLBACK')).catch(() => undefined);
    throw error;
  } finally {
    const timer = setTimeout(() => client.connection.stream.destroy(), CLOSE_MS);
    await client.end();
    clearTimeout(timer);
  }
};

/** Runs `work` in a transaction of the embedded database, which no other process can open. */
export const inEmbeddedSession = <T>(pglite: PGlite, work: (session: MigrationSession) => Promise<T>): Promise<T> =>
  pglite.transaction((transaction) =>
    work({
      query: async <Row>(sql: string, values: readonly unknown[] = []) =>
        (await transaction.query<Row>(sql, [...values])).rows,
      execute: async (script) => {
        await transaction.exec(inOneTransaction(script));
      },
    }),
  );

/**
 * Wraps a script so that it cannot end its transaction. A COMMIT in a migration would separate it from its record and
 * release the lock. PL/pgSQL rejects transaction control in EXECUTE, and the whole script is rolled back.
 */
const inOneTransaction = (script: string): string =>
  `DO LANGUAGE plpgsql ${pg.escapeLiteral(`BEGIN EXECUTE ${pg.escapeLiteral(script)}; END`)}`;
