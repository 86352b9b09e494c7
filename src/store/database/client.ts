import type { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';

import { serverLimit, unlimited } from './deadlines.js';
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
  /** Whether a pooler was found between this process and the database; known after the first query. */
  readonly isPooled: () => boolean;
  /** Runs `work` in one transaction while this process alone may change the tables. */
  readonly exclusively: <T>(work: (session: MigrationSession) => Promise<T>, onWait: () => void) => Promise<T>;
  /** Listens for what the triggers tell of principals. */
  readonly subscribe: (listener: Listener) => Promise<Subscription>;
  /** Probes the database from now on; resolves after the first probe. */
  readonly watch: () => Promise<Readiness>;
  readonly close: () => Promise<void>;
}

/** Milliseconds until a transaction must have begun, and until it must have ended. */
export interface TransactionOptions {
  readonly maxWait: number;
  readonly timeout: number;
}

/** Statements of one transaction, which each have their own limit. */
const TRANSACTION_MS = 10_000;
/** The most that a timer takes, 24 days. */
const UNLIMITED_MS = 2 ** 31 - 1;
/** At close, statements in progress have this long before their connections are destroyed. */
const CLOSE_MS = 1_000;

/** How connections to a database are used. */
export interface ConnectionOptions {
  /** A URL past the pooler, when DATABASE_URL is a pooler's. */
  readonly directUrl?: string | undefined;
  /** Connections to PostgreSQL; 10 by default. */
  readonly poolSize?: number | undefined;
  /** False for a command, whose statements and transactions have no deadline. True by default. */
  readonly hasDeadlines?: boolean | undefined;
}

/**
 * Connects to PostgreSQL, at the first question.
 *
 * @throws StoreUnusable when a URL is none
 */
export const connectPostgres = (
  url: string,
  { directUrl, poolSize = 10, hasDeadlines = true }: ConnectionOptions,
): Connection => {
  checkPostgresUrl('DATABASE_URL', url);
  const limit = hasDeadlines ? serverLimit : unlimited;
  const pool = new Pool({ url, max: poolSize, limit });
  // Prisma ends no pool that it did not open, and then no question after `close` opens another.
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
        throw storeErrorCode(error) === '42501' ? notAllowed(error) : translateStoreError(error);
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

/** Prisma over the embedded database. One process has it, one connection is all there is. */
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

const notAllowed = (cause: unknown): StoreUnusable =>
  new StoreUnusable(
    'The user of the database may not create tables: grant it CREATE on the schema, or set MIGRATE=off and run the command ' +
      '`migrate` as a user who may.',
    { cause },
  );

/** 0 stands for no limit. A transaction has several statements, each of which has its own limit on PostgreSQL. */
const transactionOptions = (beginMs: number, statementMs: number): TransactionOptions => ({
  maxWait: beginMs || UNLIMITED_MS,
  timeout: statementMs === 0 ? UNLIMITED_MS : Math.max(statementMs, TRANSACTION_MS),
});
