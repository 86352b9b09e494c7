import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Connection } from './client.js';
import { StoreUnavailable, StoreUnusable, translate } from './errors.js';
import { noFilter, openSchemaEngine, toMigrationList, type Migration, type MigrationFactory } from './schema-engine.js';

/** How tables are brought up to date. */
export interface Migrating {
  readonly migrate: 'auto' | 'off';
  readonly log?: ((message: string, fields?: object) => void) | undefined;
}

/** A row of Prisma's own table, which its command line reads and writes too. */
interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
}

/** Two levels up from `src/store` and from `dist/store` alike. */
export const migrationsFolder = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

/**
 * Brings the tables up to date, or says why that cannot be done. Instances that start together take turns.
 *
 * @throws StoreUnusable when an operator has to act
 * @throws StoreUnavailable when the database does not answer
 */
export const migrate = async (
  connection: Connection,
  { migrate, log }: Migrating,
  folder = migrationsFolder,
): Promise<string[]> => {
  const files = readMigrations(folder);
  const applied = await readApplied(connection);
  warnOfNewer(files, applied, log);
  if (migrate === 'off') {
    const pending = pendingOf(files, applied);
    if (pending.length > 0) {
      throw new StoreUnusable(
        `The database lacks ${pending.join(', ')} and MIGRATE is off: run \`npm run cli -- migrate\`, then start again.`,
      );
    }
    return [];
  }
  // A migration that another instance applies at this moment looks like one that failed. Whose turn it is can tell.
  if (applied.every(({ finished }) => finished) && pendingOf(files, applied).length === 0) return [];
  return connection.exclusively(
    async (database) => {
      const pending = pendingOf(files, await readApplied(connection));
      if (pending.length === 0) return [];
      log?.('Applying migrations.', { migrations: pending });
      return apply(database, files, folder);
    },
    () => log?.('Another instance applies migrations; waiting for it.'),
  );
};

/** Lets a migration that failed be tried again, after somebody has made sure that nothing of it is left. */
export const markRolledBack = async ({ client }: Connection, name: string): Promise<void> => {
  const marked = await client.$executeRaw`
    UPDATE _prisma_migrations SET rolled_back_at = now()
    WHERE migration_name = ${name} AND finished_at IS NULL AND rolled_back_at IS NULL`;
  if (marked === 0) throw new StoreUnusable(`There is no failed migration ${name}.`);
};

/** Every migration in a folder, in the order in which they are applied. */
export const readMigrations = (folder = migrationsFolder): Migration[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'migration.sql')))
    .map(({ name }) => ({ name, sql: readFileSync(join(folder, name, 'migration.sql'), 'utf8') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

const readApplied = async ({ client }: Connection): Promise<AppliedMigration[]> => {
  try {
    const [state] = await client.$queryRaw<{ version: number; migrated: boolean }[]>`
      SELECT current_setting('server_version_num')::int AS version,
             to_regclass('_prisma_migrations') IS NOT NULL AS migrated`;
    if (!state) throw new StoreUnavailable('The database answers nothing.');
    if (state.version < 150_000) {
      throw new StoreUnusable(
        `DATABASE_URL leads to PostgreSQL ${Math.floor(state.version / 10_000)}; Gatehouse needs 15 or newer: upgrade it.`,
      );
    }
    if (!state.migrated) return [];
    return await client.$queryRaw<AppliedMigration[]>`
      SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
      FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`;
  } catch (error) {
    throw translate(error);
  }
};

/**
 * During a roll-out, and after one is taken back, an older program meets a newer database. It starts: refusing would turn
 * a restart into an outage. A migration is therefore written so that the version before it still runs.
 */
const warnOfNewer = (files: Migration[], applied: AppliedMigration[], log: Migrating['log']): void => {
  const newer = applied.map(({ name }) => name).filter((name) => !files.some((file) => file.name === name));
  if (newer.length > 0) log?.('The database was migrated by a newer version.', { migrations: newer });
};

const pendingOf = (files: Migration[], applied: AppliedMigration[]): string[] => {
  for (const { name, checksum, finished } of applied) {
    const file = files.find((migration) => migration.name === name);
    if (!finished) {
      throw new StoreUnusable(
        `The migration ${name} has begun and not ended. If nothing applies it at this moment it failed: undo what it left in ` +
          `the database, which is nothing unless it commits by itself, then run \`npm run cli -- migrate --rolled-back ${name}\`.`,
      );
    }
    if (file && createHash('sha256').update(file.sql).digest('hex') !== checksum) {
      throw new StoreUnusable(
        `The migration ${name} was edited after it had been applied: restore its file, and put the change into a new ` +
          'migration (`npm run migration -- NAME`).',
      );
    }
  }
  return files.map(({ name }) => name).filter((name) => !applied.some((migration) => migration.name === name));
};

/** Applies what is pending, and keeps Prisma's own record of it. */
const apply = async (database: MigrationFactory, migrations: Migration[], folder: string): Promise<string[]> => {
  const engine = await openSchemaEngine(database);
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: toMigrationList(migrations, folder),
      filters: noFilter,
    });
    return appliedMigrationNames;
  } catch (error) {
    throw failureOf(error);
  } finally {
    engine.free();
  }
};

/** The engine's message has the database's words in its head, and below them its own stack with the migration's name. */
const failureOf = (error: unknown): StoreUnusable => {
  const message = error instanceof Error ? error.message : String(error);
  const name = /migration_name=\\?"([^"\\]+)/.exec(message)?.[1] ?? '';
  const reason = message.replace(/\n\s+0: [\s\S]*$/, '').replace(/^[\s\S]*Error querying the database: /, '');
  return new StoreUnusable(`The migration ${name} failed: ${reason}`, { cause: error });
};
