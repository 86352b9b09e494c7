import type { PGlite } from '@electric-sql/pglite';

import { connectEmbedded, connectPostgres, type Connection } from './database/client.js';
import { passwordCredentials } from './tables/password-credentials.js';
import type { Database } from './database/database.js';
import { openEmbedded } from './database/embedded.js';
import { securityEvents } from './tables/security-events.js';
import { jobLocks } from './tables/job-locks.js';
import { knownDevices } from './tables/known-devices.js';
import { rateLimits } from './tables/rate-limits.js';
import { markRolledBack, migrate, type Migrating } from './database/migrations.js';
import { oneTimeTokens } from './tables/one-time-tokens.js';
import type { PrincipalNotices } from './database/notices.js';
import { queueEntries } from './tables/queue-entries.js';
import { personalData } from './tables/personal-data.js';
import type { Readiness } from './database/readiness.js';
import { sessions } from './tables/sessions.js';
import { signUps } from './tables/sign-ups.js';
import { signingKeys } from './tables/signing-keys.js';
import { bulkUsers } from './tables/bulk-users.js';
import { Transactions } from './transactions.js';
import { users } from './tables/users.js';

/** Every table's questions, by the noun of the table. A new module is added here. */
const rows = (db: Database) => ({
  users: users(db),
  passwordCredentials: passwordCredentials(db),
  signUps: signUps(db),
  sessions: sessions(db),
  knownDevices: knownDevices(db),
  oneTimeTokens: oneTimeTokens(db),
  signingKeys: signingKeys(db),
  queueEntries: queueEntries(db),
  securityEvents: securityEvents(db),
  rateLimits: rateLimits(db),
  jobLocks: jobLocks(db),
  bulkUsers: bulkUsers(db),
  personalData: personalData(db),
});

/** The row functions, over the whole database or inside one transaction. */
export type Rows = ReturnType<typeof rows>;

/** Where the database is and who may change its tables. */
export interface StoreOptions {
  /** PostgreSQL 15 or newer, possibly behind a pooler. Without it the embedded database in `dataDir` is opened. */
  readonly databaseUrl?: string | undefined;
  /** The same database past the pooler, for migrations and notices. */
  readonly directUrl?: string | undefined;
  /** The folder of the embedded database and its lock. */
  readonly dataDir: string;
  /** Connections to PostgreSQL; 10 by default. */
  readonly poolSize?: number | undefined;
  /** An embedded database that is open already and stays so: who opened it closes it. */
  readonly embedded?: PGlite | undefined;
  /** False for a command, whose statements and transactions have no deadline; true by default. */
  readonly hasDeadlines?: boolean | undefined;
  /** `auto` applies pending migrations, `off` refuses to open while there are any. */
  readonly migrate: 'auto' | 'off';
  readonly log?: Migrating['log'];
}

/** The database: every row function, and transactions of them. */
export interface Store extends Rows {
  readonly kind: 'postgresql' | 'embedded';

  /** Warnings about the connection for the operator, one sentence each. */
  readonly notices: readonly string[];

  /**
   * Runs `work` in one transaction. Only `tx` is used inside; `work` has no other effect, because it is run again when it
   * collides with another transaction. It commits when `work` resolves and rolls back when it rejects.
   *
   * @throws StoreUnavailable when it cannot begin within 5 seconds (10 on the embedded database), lasts longer than 10 (30
   *   in a job), a statement takes longer than 5 (30 in a job), its COMMIT is not answered, or it collided six times
   */
  readonly transaction: <T>(work: (tx: Rows) => Promise<T>) => Promise<T>;

  /** @throws Error inside a transaction; for what must not happen there, such as hashing a password */
  readonly assertOutsideTransaction: () => void;

  /** Whose principal has changed, as the database's triggers tell it. */
  readonly principalNotices: PrincipalNotices;

  /** The time on the database's clock. */
  readonly readTime: () => Promise<Date>;

  /** Probes the database once a second until `close`; resolves after the first probe. */
  readonly watch: () => Promise<Readiness>;

  /** Waits a second for statements in progress, then destroys their connections. Afterwards every call throws StoreUnavailable. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the database and brings its tables up to date.
 *
 * @throws StoreUnusable when an operator has to act: its message says what to do
 * @throws StoreUnavailable when the database does not answer
 */
export const openStore = async (options: StoreOptions): Promise<Store> => {
  const connection = await connect(options);
  try {
    await migrate(connection, options);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return assemble(connection, noticesOf(connection, options));
};

/**
 * Applies pending migrations and answers their names.
 *
 * @param rolledBack a migration that was begun, and of which nothing is in the database
 * @throws StoreUnusable when an operator has to act
 * @throws StoreUnavailable when the database does not answer
 */
export const applyMigrations = async (
  options: Omit<StoreOptions, 'migrate'>,
  rolledBack?: string,
): Promise<string[]> => {
  const connection = await connect({ ...options, hasDeadlines: false });
  try {
    if (rolledBack !== undefined) await markRolledBack(connection, rolledBack);
    return await migrate(connection, { ...options, migrate: 'auto' });
  } finally {
    await connection.close();
  }
};

const connect = async (options: Omit<StoreOptions, 'migrate'>): Promise<Connection> => {
  const { databaseUrl, dataDir, embedded } = options;
  if (databaseUrl !== undefined && embedded === undefined) return connectPostgres(databaseUrl, options);
  if (embedded) return connectEmbedded(embedded, () => Promise.resolve(), options);
  const { pglite, close } = await openEmbedded(dataDir);
  return connectEmbedded(pglite, close, options);
};

const noticesOf = ({ isPooled }: Connection, { directUrl }: StoreOptions): string[] =>
  isPooled() && directUrl === undefined
    ? [
        'DATABASE_URL leads through a connection pooler: set DATABASE_DIRECT_URL to the database itself. Until then a pooler ' +
          'in transaction mode keeps notices from this instance, which reads every principal again, and statements have no ' +
          'deadline in the database.',
      ]
    : [];

const assemble = (
  { kind, client, transactionOptions, subscribe, watch, close }: Connection,
  notices: readonly string[],
): Store => {
  const transactions = new Transactions();
  let readiness: Promise<Readiness> | undefined;
  return {
    ...transactions.outer(rows(client)),
    kind,
    notices,
    transaction: (work) => transactions.run((body) => client.$transaction(body, transactionOptions()), rows, work),
    assertOutsideTransaction: transactions.assertOutside,
    principalNotices: {
      subscribe,
      publish: async (payload) => {
        await transactions.outside(() => client.$executeRaw`SELECT pg_notify('principal_changed', ${payload})`);
      },
    },
    readTime: async () => {
      const [row] = await transactions.outside(
        () => client.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`,
      );
      if (!row) throw new Error('SELECT clock_timestamp() returned no row');
      return row.now;
    },
    watch: () => (readiness ??= watch()),
    close: async () => {
      transactions.close();
      (await readiness)?.close();
      await close();
    },
  };
};
