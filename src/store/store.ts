import type { PGlite } from '@electric-sql/pglite';

import type { ApplicationClient, ApplicationModels } from './application-client.js';
import { connectEmbedded, connectPostgres, type Connection } from './database/client.js';
import type { Database } from './database/database.js';
import { openEmbeddedDatabase } from './database/embedded.js';
import { applyPendingMigrations, markRolledBack, type MigrationOptions } from './database/migrations.js';
import { channelSql, type PrincipalNotices } from './database/notices.js';
import { holdTransaction } from './database/open-transaction.js';
import type { PoolState } from './database/pool.js';
import type { Readiness } from './database/readiness.js';
import { bulkUsers } from './tables/bulk-users.js';
import { deviceTokens } from './tables/device-tokens.js';
import { jobLocks } from './tables/job-locks.js';
import { knownDevices } from './tables/known-devices.js';
import { oneTimeTokens } from './tables/one-time-tokens.js';
import { passwordAttempts } from './tables/password-attempts.js';
import { passwordCredentials } from './tables/password-credentials.js';
import { queueEntries } from './tables/queue-entries.js';
import { personalData } from './tables/personal-data.js';
import { rateLimits } from './tables/rate-limits.js';
import { securityEvents } from './tables/security-events.js';
import { sessions } from './tables/sessions.js';
import { signUps } from './tables/sign-ups.js';
import { signingKeys } from './tables/signing-keys.js';
import { userPages } from './tables/user-pages.js';
import { userRoles } from './tables/user-roles.js';
import { users } from './tables/users.js';
import { Transactions } from './transactions.js';

/** The functions of every table. A new table is added here. */
const tables = (db: Database) => ({
  users: users(db),
  userRoles: userRoles(db),
  userPages: userPages(db),
  passwordCredentials: passwordCredentials(db),
  signUps: signUps(db),
  sessions: sessions(db),
  passwordAttempts: passwordAttempts(db),
  knownDevices: knownDevices(db),
  deviceTokens: deviceTokens(db),
  oneTimeTokens: oneTimeTokens(db),
  signingKeys: signingKeys(db),
  queueEntries: queueEntries(db),
  securityEvents: securityEvents(db),
  rateLimits: rateLimits(db),
  jobLocks: jobLocks(db),
  bulkUsers: bulkUsers(db),
  personalData: personalData(db),
});

/** The functions of every table, outside transactions or inside one. */
export type Rows = ReturnType<typeof tables>;

/** The functions of every table inside a transaction, in which the application's code can take part. */
export type TransactionRows = Rows & {
  readonly application: {
    /**
     * Runs the work of the application in this transaction. When it rejects, or a statement of it has failed, the transaction
     * rejects. Work that has not ended when the signal is aborted, or before the transaction must end, is given up.
     */
    readonly join: <T>(work: (models: ApplicationModels) => Promise<T>, signal?: AbortSignal) => Promise<T>;
  };
};

export interface StoreOptions {
  /** PostgreSQL 15 or newer, directly or through a pooler. Without it, the embedded database in `dataDir` is opened. */
  readonly databaseUrl?: string | undefined;
  /** A URL of the same database that bypasses the pooler, for migrations and notices. */
  readonly directUrl?: string | undefined;
  /** The folder that contains the embedded database and its lock. */
  readonly dataDir: string;
  /** Connections to PostgreSQL; 10 by default. */
  readonly poolSize?: number | undefined;
  /** An open embedded database, which the caller closes. */
  readonly embedded?: PGlite | undefined;
  /** False for a command, whose statements and transactions have no deadline; true by default. */
  readonly hasDeadlines?: boolean | undefined;
  /** `auto` applies pending migrations; `off` refuses to open a database that has any. */
  readonly migrate: 'auto' | 'off';
  readonly log?: MigrationOptions['log'];
  /** Called with the seconds that a statement or transaction has waited for a connection to PostgreSQL. */
  readonly onConnectionWait?: ((seconds: number) => void) | undefined;
  /** Called with a sentence for the operator when the state of the database limits what can be done. */
  readonly warn?: ((message: string) => void) | undefined;
}

/** The database: the functions of every table, and transactions. */
export interface Store extends Rows {
  readonly kind: 'postgresql' | 'embedded';

  /** Warnings about the connection for the operator, one sentence each. */
  readonly notices: readonly string[];

  /**
   * Runs `work` in one transaction, which commits when `work` resolves and rolls back when it rejects. `work` accesses the
   * database through `tx` only and has no other effect, because it is run again after a conflict with another transaction.
   *
   * @throws StoreUnavailable when the transaction cannot begin within 5 seconds (10 on the embedded database), lasts longer
   *   than 10 (30 in a job), a statement takes longer than 5 (30 in a job), COMMIT gets no response, or after six conflicts
   */
  readonly transaction: <T>(work: (tx: TransactionRows) => Promise<T>) => Promise<T>;

  /**
   * The models of the application outside transactions.
   *
   * @param translate converts the errors of the database for the code of the application
   */
  readonly applicationModels: ApplicationClient['models'];

  /** @throws Error inside a transaction; called before operations that must not run there, such as hashing a password */
  readonly assertOutsideTransaction: () => void;

  /** Notifications about changes of principals, which triggers of the database publish. */
  readonly principalNotices: PrincipalNotices;

  /** The time on the database's clock. */
  readonly readTime: () => Promise<Date>;

  /** Probes the database once a second until `close`; resolves after the first probe. */
  readonly watch: () => Promise<Readiness>;

  /** The connections to PostgreSQL; undefined for the embedded database. */
  readonly poolState: () => PoolState | undefined;

  /** Waits up to a second for statements in progress, then destroys their connections. Later calls throw StoreUnavailable. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the database and applies pending migrations.
 *
 * @throws StoreUnusable when an operator has to act; the message says what to do
 * @throws StoreUnavailable when the database does not respond
 */
export const openStore = async (options: StoreOptions): Promise<Store> => {
  const connection = await connect(options);
  try {
    await connection.inspect();
    await applyPendingMigrations(connection, options);
    await connection.assertPrivileges();
  } catch (error) {
    await connection.close();
    throw error;
  }
  return assemble(connection, noticesOf(connection, options), options.warn);
};

/**
 * Applies pending migrations and returns their names.
 *
 * @param rolledBack an unfinished migration of which nothing is in the database
 * @throws StoreUnusable when an operator has to act
 * @throws StoreUnavailable when the database does not respond
 */
export const applyMigrations = async (
  options: Omit<StoreOptions, 'migrate'>,
  rolledBack?: string,
): Promise<string[]> => {
  const connection = await connect({ ...options, hasDeadlines: false });
  try {
    await connection.inspect();
    if (rolledBack !== undefined) await markRolledBack(connection, rolledBack);
    return await applyPendingMigrations(connection, { ...options, migrate: 'auto' });
  } finally {
    await connection.close();
  }
};

const connect = async (options: Omit<StoreOptions, 'migrate'>): Promise<Connection> => {
  const { databaseUrl, dataDir, embedded } = options;
  if (databaseUrl !== undefined && embedded === undefined) return connectPostgres(databaseUrl, options);
  if (embedded) return connectEmbedded(embedded, () => Promise.resolve(), options);
  const { pglite, close } = await openEmbeddedDatabase(dataDir);
  return connectEmbedded(pglite, close, options);
};

/** Work of the application is given up this much before its transaction must end, so that it is told apart from an outage. */
const ROLLBACK_MS = 500;

const noticesOf = ({ isPooled }: Connection, { directUrl }: StoreOptions): string[] =>
  isPooled() && directUrl === undefined
    ? [
        'DATABASE_URL points to a connection pooler. Set DATABASE_DIRECT_URL to the URL of the database itself. Until then, ' +
          'if the pooler is in transaction mode, this instance receives no notices of revocations and reads the session from ' +
          'the database on every request, and statements have no deadline in the database.',
      ]
    : [];

const assemble = (
  { kind, client, application, transactionOptions, subscribe, watch, pool, close }: Connection,
  notices: readonly string[],
  warn: StoreOptions['warn'],
): Store => {
  const transactions = new Transactions();
  const join: TransactionRows['application']['join'] = (work, signal) =>
    application.joinTransaction(work, transactionOptions().timeout - ROLLBACK_MS, signal);
  let readiness: Promise<Readiness> | undefined;
  return {
    ...transactions.wrapOutside(tables(client)),
    kind,
    notices,
    transaction: (work) =>
      transactions.run(
        (body) => holdTransaction(() => client.$transaction(body, transactionOptions())),
        (db: Database): TransactionRows => ({ ...tables(db), application: { join } }),
        work,
      ),
    applicationModels: application.models,
    assertOutsideTransaction: transactions.assertOutside,
    principalNotices: {
      subscribe,
      publish: async (payload) => {
        await transactions.outside(() => client.$executeRawUnsafe(`SELECT pg_notify(${channelSql}, $1)`, payload));
      },
    },
    readTime: async () => {
      const [row] = await transactions.outside(
        () => client.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`,
      );
      if (!row) throw new Error('SELECT clock_timestamp() returned no row');
      return row.now;
    },
    poolState: () => pool?.(),
    watch: () => (readiness ??= watch(warn)),
    close: async () => {
      transactions.close();
      (await readiness)?.close();
      await close();
    },
  };
};
