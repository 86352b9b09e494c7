import type { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';

import { createApplicationClient, type ApplicationClient } from '../application-client.js';
import { assertPrivileges, inspectPostgres } from './database-state.js';
import { CLOSE_MS, serverLimit, unlimited } from './deadlines.js';
import { EmbeddedAdapter } from './embedded-adapter.js';
import { storeErrorCode, StoreUnusable, translateStoreError } from '../errors.js';
import { PrismaClient } from '../generated/client.js';
import { inEmbeddedSession, inPostgresSession, type MigrationSession } from './migration-session.js';
import {
  assertSamePlace,
  placeQuery,
  subscribeEmbedded,
  subscribePostgres,
  type Listener,
  type SchemaPlace,
  type Subscription,
} from './notices.js';
import { withHeldTransactions } from './open-transaction.js';
import { Pool, type PoolOptions, type PoolState } from './pool.js';
import { readPostgresSource } from './postgres-source.js';
import { watchEmbedded, watchPostgres, type Readiness } from './readiness.js';

/** An open database. */
export interface Connection {
  readonly kind: 'postgresql' | 'embedded';
  readonly client: PrismaClient;
  /** The client of the application, on the same connections. */
  readonly application: ApplicationClient;
  /** Connects, and checks that the server and the database can be used. */
  readonly inspect: () => Promise<void>;
  /** Checks the privileges on the tables. */
  readonly assertPrivileges: () => Promise<void>;
  /** Runs a statement that does not depend on the schema of the tables. */
  readonly query: <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  readonly transactionOptions: () => TransactionOptions;
  /** The state of the pool; absent in the embedded database, which has one connection. */
  readonly pool?: () => PoolState;
  /** Whether there is a pooler between this process and the database; known after the first query. */
  readonly isPooled: () => boolean;
  /** Runs `work` in one transaction, during which no other process migrates the database. */
  readonly exclusively: <T>(work: (session: MigrationSession) => Promise<T>, onWait: () => void) => Promise<T>;
  /** Listens for changes of principals. */
  readonly subscribe: (listener: Listener) => Promise<Subscription>;
  /** Starts probing the database; resolves after the first probe. */
  readonly watch: (warn?: (message: string) => void) => Promise<Readiness>;
  readonly close: () => Promise<void>;
}

/** Prisma's limits for a transaction, in milliseconds. */
export interface TransactionOptions {
  /** Until the transaction has begun. */
  readonly maxWait: number;
  /** Until the transaction has ended. */
  readonly timeout: number;
}

/** The limit of a transaction with several statements. On PostgreSQL, each statement has its own limit too. */
const TRANSACTION_MS = 10_000;
/** The longest delay of a timer, 24 days. */
const UNLIMITED_MS = 2 ** 31 - 1;

export interface ConnectionOptions {
  /** A URL that bypasses the pooler, when `databaseUrl` leads through one. */
  readonly directUrl?: string | undefined;
  /** Connections to PostgreSQL; 10 by default. */
  readonly poolSize?: number | undefined;
  /** False for a command, whose statements and transactions have no deadline. True by default. */
  readonly hasDeadlines?: boolean | undefined;
  readonly onConnectionWait?: PoolOptions['onWait'];
}

/**
 * Creates a client of PostgreSQL, which connects with the first query.
 *
 * @throws StoreUnusable when a URL is refused
 */
export const connectPostgres = (
  url: string,
  { directUrl, poolSize = 10, hasDeadlines = true, onConnectionWait }: ConnectionOptions,
): Connection => {
  const source = readPostgresSource('DATABASE_URL', url);
  const direct = directUrl === undefined ? source : readPostgresSource('DATABASE_DIRECT_URL', directUrl);
  const limit = hasDeadlines ? serverLimit : unlimited;
  const pool = new Pool({ source, max: poolSize, limit, onWait: onConnectionWait });
  // With our own pool, a query after `close` fails. Prisma would open another pool for it.
  const adapter = new PrismaPgInSchema(pool);
  const client = new PrismaClient({ adapter: withHeldTransactions(adapter), errorFormat: 'minimal' });
  const query = async <Row>(sql: string, values: readonly unknown[] = []) =>
    (await pool.query(sql, [...values])).rows as Row[];
  const place = async () => {
    const [found] = await query<SchemaPlace>(placeQuery);
    if (!found) throw new Error('The database did not return its name.');
    return found;
  };
  return {
    kind: 'postgresql',
    client,
    application: createApplicationClient(adapter),
    inspect: () => inspectPostgres(pool, source),
    assertPrivileges: () => assertPrivileges(pool),
    query,
    transactionOptions: () => transactionOptions(limit(), limit()),
    pool: () => pool.state(),
    isPooled: () => pool.isPooled,
    exclusively: async (work, onWait) => {
      try {
        return await inPostgresSession(
          direct,
          async (session) => {
            if (direct !== source) assertSamePlace(await place(), (await session.query<SchemaPlace>(placeQuery))[0]);
            return work(session);
          },
          onWait,
        );
      } catch (error) {
        throw migrationObstacle(direct.variable, error) ?? translateStoreError(error);
      }
    },
    subscribe: (listener) => subscribePostgres(direct, place, listener),
    watch: (warn) => watchPostgres(source, () => pool.destroyIdle(), warn),
    close: async () => {
      const timer = setTimeout(() => pool.abandon(), CLOSE_MS);
      await client.$disconnect();
      if (!pool.ending) await pool.end();
      clearTimeout(timer);
    },
  };
};

/** Creates a client of the embedded database, which has one connection. */
export const connectEmbedded = async (
  pglite: PGlite,
  close: () => Promise<void>,
  { hasDeadlines = true }: ConnectionOptions = {},
): Promise<Connection> => {
  await pglite.exec(`SET TIME ZONE 'UTC'`);
  const adapter = new EmbeddedAdapter(pglite);
  const client = new PrismaClient({ adapter: withHeldTransactions(adapter), errorFormat: 'minimal' });
  return {
    kind: 'embedded',
    client,
    application: createApplicationClient(adapter),
    inspect: () => Promise.resolve(),
    assertPrivileges: () => Promise.resolve(),
    query: async <Row>(sql: string, values: readonly unknown[] = []) =>
      (await pglite.query<Row>(sql, [...values])).rows,
    transactionOptions: () => transactionOptions(hasDeadlines ? TRANSACTION_MS : 0, hasDeadlines ? serverLimit() : 0),
    isPooled: () => false,
    exclusively: (work) => inEmbeddedSession(pglite, work),
    subscribe: (listener) => subscribeEmbedded(pglite, listener),
    watch: watchEmbedded,
    close: async () => {
      await client.$disconnect();
      await close();
    },
  };
};

/** Prisma writes the schema into its statements. It is that of the search path, which a role or a database may set too. */
class PrismaPgInSchema extends PrismaPg {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    super(pool);
    this.#pool = pool;
  }

  override async connect(): ReturnType<PrismaPg['connect']> {
    return new PrismaPg(this.#pool, { schema: await this.#pool.readSchema() }).connect();
  }
}

const migrationObstacle = (variable: string, cause: unknown): StoreUnusable | undefined => {
  const advice: Readonly<Record<string, string>> = {
    '42501':
      `The user of ${variable} is not allowed to create tables. Grant it CREATE on the schema (and on the database if the ` +
      'schema does not exist), or set MIGRATE=off and run the command `migrate` as a user that is allowed to.',
    '25006': `The database of ${variable} is read-only, so the pending migrations cannot be applied. Connect to a database that accepts writes.`,
  };
  const message = advice[storeErrorCode(cause)];
  return message === undefined ? undefined : new StoreUnusable(message, { cause });
};

/** For both parameters, 0 means no limit. */
const transactionOptions = (beginMs: number, statementMs: number): TransactionOptions => ({
  maxWait: beginMs || UNLIMITED_MS,
  timeout: statementMs === 0 ? UNLIMITED_MS : Math.max(statementMs, TRANSACTION_MS),
});
