import type { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';

import { CLOSE_MS, serverLimit, unlimited } from './deadlines.js';
import { storeErrorCode, StoreUnusable, translateStoreError } from '../errors.js';
import { PrismaClient } from '../generated/client.js';
import { inEmbeddedSession, inPostgresSession, type MigrationSession } from './migration-session.js';
import { subscribeEmbedded, subscribePostgres, type Listener, type Subscription } from './notices.js';
import { checkPostgresUrl, Pool } from './pool.js';
import { watchEmbedded, watchPostgres, type Readiness } from './readiness.js';

/** An open database. */
export interface Connection {
  readonly kind: 'postgresql' | 'embedded';
  readonly client: PrismaClient;
  readonly transactionOptions: () => TransactionOptions;
  /** Whether there is a pooler between this process and the database; known after the first query. */
  readonly isPooled: () => boolean;
  /** Runs `work` in one transaction, during which no other process migrates the database. */
  readonly exclusively: <T>(work: (session: MigrationSession) => Promise<T>, onWait: () => void) => Promise<T>;
  /** Listens for changes of principals. */
  readonly subscribe: (listener: Listener) => Promise<Subscription>;
  /** Starts probing the database; resolves after the first probe. */
  readonly watch: () => Promise<Readiness>;
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
}

/**
 * Creates a client of PostgreSQL, which connects with the first query.
 *
 * @throws StoreUnusable when the URL is not one of PostgreSQL
 */
export const connectPostgres = (
  url: string,
  { directUrl, poolSize = 10, hasDeadlines = true }: ConnectionOptions,
): Connection => {
  checkPostgresUrl('DATABASE_URL', url);
  const limit = hasDeadlines ? serverLimit : unlimited;
  const pool = new Pool({ url, max: poolSize, limit });
  // With our own pool, a query after `close` fails. Prisma would open another pool for it.
  const client = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' });
  return {
    kind: 'postgresql',
    client,
    transactionOptions: () => transactionOptions(limit(), limit()),
    isPooled: () => pool.isPooled,
    exclusively: async (work, onWait) => {
      if (directUrl !== undefined) checkPostgresUrl('DATABASE_DIRECT_URL', directUrl);
      try {
        return await inPostgresSession(directUrl ?? url, work, onWait);
      } catch (error) {
        throw storeErrorCode(error) === '42501' ? missingPrivilege(error) : translateStoreError(error);
      }
    },
    subscribe: (listener) => subscribePostgres(directUrl ?? url, listener),
    watch: () => watchPostgres(url, () => pool.destroyIdle()),
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
  const adapter = new PrismaPGlite(pglite);
  const client = new PrismaClient({ adapter, errorFormat: 'minimal' });
  return {
    kind: 'embedded',
    client,
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

const missingPrivilege = (cause: unknown): StoreUnusable =>
  new StoreUnusable(
    'The database user is not allowed to create tables. Grant it CREATE on the schema, or set MIGRATE=off and run the ' +
      'command `migrate` as a user that is allowed to.',
    { cause },
  );

/** For both parameters, 0 means no limit. */
const transactionOptions = (beginMs: number, statementMs: number): TransactionOptions => ({
  maxWait: beginMs || UNLIMITED_MS,
  timeout: statementMs === 0 ? UNLIMITED_MS : Math.max(statementMs, TRANSACTION_MS),
});
