import { setTimeout as delay } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

/** One transaction on one connection, in which tables may be changed. */
export interface MigrationSession {
  readonly query: <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  /**
   * Runs a script of several statements.
   *
   * @throws Error of the database, also when the script contains a statement that ends or leaves the transaction
   */
  readonly execute: (script: string) => Promise<void>;
}

/** An arbitrary number, the same in every version. */
const MIGRATION_LOCK = 7_146_021_854;
/** Taken for a whole session by Prisma's command line, and by Gatehouse 0.1 together with Prisma's. */
const SESSION_LOCKS = [72_707_369, 7_146_021_853];
const POLL_MS = 200;
const CONNECT_MS = 3_000;
/** For every statement but a migration's own, which may take any time. */
const STEP_MS = 30_000;
const GOODBYE_MS = 1_000;
const KEEP_ALIVE_MS = 10_000;

/**
 * A pooler may give every transaction another connection to the database, and gives this one to another client afterwards.
 * So the lock and every setting belong to the transaction. A migration may take any time, but not while its process is frozen.
 */
const settings = `
  SET LOCAL TIME ZONE 'UTC'; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
  SET LOCAL idle_in_transaction_session_timeout = '60s'`;

/**
 * Whether this transaction alone changes the tables. The lock of a session that has been idle for seconds is no obstacle:
 * nobody migrates in it. A pooler keeps such a session after the client that took the lock has gone.
 */
const lock = `
  SELECT pg_try_advisory_xact_lock(${MIGRATION_LOCK}) AND NOT EXISTS (
    SELECT FROM pg_locks AS held JOIN pg_stat_activity AS session USING (pid)
    WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
      AND (held.classid::bigint << 32 | held.objid::bigint) IN (${SESSION_LOCKS.join(', ')})
      AND session.datname = current_database() AND session.pid <> pg_backend_pid()
      AND (session.state IS DISTINCT FROM 'idle' OR session.state_change > clock_timestamp() - interval '5 seconds')
  ) AS locked`;

/**
 * Runs `work` in a transaction on a connection of its own, while no other process changes the tables. Commits when `work`
 * resolves; the server rolls back when `work` rejects and when this process ends.
 *
 * Polls for the lock: a connection that waits for it would block a connection of the pooler.
 */
export const inPostgresSession = async <T>(
  url: string,
  work: (session: MigrationSession) => Promise<T>,
  onWait: () => void,
): Promise<T> => {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  });
  // A lost connection also fails the query under way; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  const begin = async (): Promise<boolean> => {
    await within(client, client.query(`BEGIN; ${settings}`));
    return (await within(client, client.query<{ locked: boolean }>(lock))).rows[0]?.locked === true;
  };
  try {
    for (let tries = 1; !(await begin()); tries += 1) {
      await within(client, client.query('ROLLBACK'));
      if (tries === 1) onWait();
      await delay(POLL_MS);
    }
    const result = await work({
      query: async <Row>(sql: string, values: readonly unknown[] = []) =>
        (await within(client, client.query(sql, [...values]))).rows as Row[],
      execute: async (script) => {
        await client.query(inOneTransaction(script));
      },
    });
    await within(client, client.query('COMMIT'));
    return result;
  } catch (error) {
    await within(client, client.query('ROLLBACK')).catch(() => undefined);
    throw error;
  } finally {
    const timer = setTimeout(() => client.connection.stream.destroy(), GOODBYE_MS);
    await client.end();
    clearTimeout(timer);
  }
};

/** Destroys a connection on which the server does not answer in time: a start must not wait for ever. */
const within = async <T>(client: pg.Client, answer: Promise<T>): Promise<T> => {
  const giveUp = () =>
    client.connection.stream.destroy(new Error(`Connection terminated: no answer within ${STEP_MS / 1000} seconds`));
  const timer = setTimeout(giveUp, STEP_MS);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
  }
};

/** Runs `work` in a transaction of the embedded database, which belongs to this process alone. */
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
 * A script with a COMMIT in it would end the transaction that its record belongs to, and release the lock. Executed by
 * PL/pgSQL, the database refuses it there, with everything before it undone.
 */
const inOneTransaction = (script: string): string =>
  `DO LANGUAGE plpgsql ${pg.escapeLiteral(`BEGIN EXECUTE ${pg.escapeLiteral(script)}; END`)}`;
