import type { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';

import { StoreUnusable, translate } from './errors.js';
import { PrismaClient } from './generated/client.js';
import { subscribeEmbedded, subscribePostgres, type Listener, type Subscription } from './notices.js';
import { migrationFactory, type MigrationFactory } from './schema-engine.js';

/** An open database. */
export interface Connection {
  readonly kind: 'postgresql' | 'embedded';
  readonly client: PrismaClient;
  /** Milliseconds until a transaction must have begun, and until it must have ended. */
  readonly transactionOptions: { readonly maxWait: number; readonly timeout: number };
  /** Runs `work` while this process alone may change the tables. */
  readonly exclusively: <T>(work: (database: MigrationFactory) => Promise<T>, onWait: () => void) => Promise<T>;
  /** Listens for what the triggers tell of principals. */
  readonly subscribe: (listener: Listener) => Promise<Subscription>;
  readonly close: () => Promise<void>;
}

/** A database that does not answer for so long is away. */
const CONNECT_MS = 3_000;
/** So long a question waits for its turn on a connection: a thousand tabs that wake up at once are no reason to refuse one. */
const TURN_MS = 10_000;
const STATEMENT_MS = 10_000;
const TRANSACTION_MS = 10_000;

/** Any number, as long as every instance of every version knows the same one. */
const migrationLock = 7_146_021_853;

/**
 * The driver adapters write timestamps without an offset and read them without looking at it: in any other time zone than
 * UTC every expiry would be off by hours, unnoticed. Poolers keep this setting apart for each of their clients.
 */
const utc = `SET TIME ZONE 'UTC'`;

/** A stuck statement, or a process that was frozen inside a transaction, must not hold its locks for ever. */
const deadlines = `SET statement_timeout = ${STATEMENT_MS}; SET idle_in_transaction_session_timeout = ${TRANSACTION_MS * 2}`;

/**
 * Connects to PostgreSQL, at the first question.
 *
 * @throws StoreUnusable when a URL is none
 */
export const connectPostgres = (
  url: string,
  { directUrl, poolSize = 10 }: { directUrl?: string | undefined; poolSize?: number | undefined },
): Connection => {
  // Behind a pooler a session is shared: what is set there would stay for whoever comes next.
  const setUp = directUrl === undefined ? `${utc}; ${deadlines}` : utc;
  const pool = openPool('DATABASE_URL', url, poolSize, setUp);
  // Prisma ends no pool that it did not open, and then no question after `close` opens another.
  const client = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' });
  return {
    kind: 'postgresql',
    client,
    transactionOptions: { maxWait: TURN_MS, timeout: TRANSACTION_MS },
    exclusively: async (work, onWait) => {
      const session = openPool(
        directUrl === undefined ? 'DATABASE_URL' : 'DATABASE_DIRECT_URL',
        directUrl ?? url,
        1,
        `${utc}; SET statement_timeout = 0; SET lock_timeout = 0; SET idle_session_timeout = 0`,
      );
      try {
        const locked = await session.query<{ locked: boolean }>(
          `SELECT pg_try_advisory_lock(${migrationLock}) AS locked`,
        );
        if (locked.rows[0]?.locked !== true) {
          onWait();
          await session.query(`SELECT pg_advisory_lock(${migrationLock})`);
        }
        return await work(migrationFactory(new PrismaPg(session), (sql) => session.query(sql)));
      } catch (error) {
        throw translate(error);
      } finally {
        // Ends the session, and with it the lock.
        await session.end();
      }
    },
    subscribe: (listener) => subscribePostgres(directUrl ?? url, listener),
    close: async () => {
      await client.$disconnect();
      if (!pool.ending) await pool.end();
    },
  };
};

/** Prisma over the embedded database. One process has it, one connection is all there is. */
export const connectEmbedded = async (pglite: PGlite, close: () => Promise<void>): Promise<Connection> => {
  await pglite.exec(utc);
  const adapter = new PrismaPGlite(pglite);
  const client = new PrismaClient({ adapter, errorFormat: 'minimal' });
  return {
    kind: 'embedded',
    client,
    transactionOptions: { maxWait: TURN_MS, timeout: TRANSACTION_MS },
    exclusively: (work) => work(migrationFactory(adapter, (sql) => pglite.exec(sql))),
    subscribe: (listener) => subscribeEmbedded(pglite, listener),
    close: async () => {
      await client.$disconnect();
      await close();
    },
  };
};

/** The pool's own limit is for a turn; each connection has the shorter one. */
class PooledClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super({ ...config, connectionTimeoutMillis: CONNECT_MS });
  }
}

const openPool = (variable: string, url: string, max: number, setUp: string): pg.Pool => {
  if (!/^postgres(ql)?:\/\//.test(url)) throw new StoreUnusable(`${variable} must begin with postgresql://.`);
  const pool = new pg.Pool({
    connectionString: url,
    max,
    Client: PooledClient,
    connectionTimeoutMillis: TURN_MS,
    idleTimeoutMillis: max === 1 ? 0 : 30_000,
    keepAlive: true,
    verify: (client, done) => {
      client.query(setUp).then(() => done(), done);
    },
  });
  // A connection that breaks while it is idle is replaced at the next question; without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
};
