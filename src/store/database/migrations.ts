import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Connection } from './client.js';
import { storeErrorCode, StoreUnavailable, StoreUnusable, translateStoreError } from '../errors.js';
import { findMigrationEffect } from './migration-effect.js';
import {
  checksumOf,
  openMigrationRecords,
  recordMigration,
  recordsQuery,
  type Migration,
  type MigrationRecord,
} from './migration-records.js';
import type { MigrationSession } from './migration-session.js';
import { dropStandIns } from './stand-ins.js';

/** How tables are brought up to date. */
export interface Migrating {
  readonly migrate: 'auto' | 'off';
  readonly log?: ((message: string, fields?: object) => void) | undefined;
}

/** Two levels up from `src/store` and from `dist/store` alike. */
export const migrationsFolder = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

/**
 * Brings the tables up to date and returns the names of the migrations that were missing. A migration and its record are
 * one transaction, so an interrupted start leaves nothing to repair. Instances that start together take turns.
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
  const records = await readRecords(connection);
  warnOfNewer(files, records, log);
  checkUnedited(files, records);
  const pending = pendingOf(files, records).map(({ name }) => name);
  if (migrate === 'off') {
    if (pending.length === 0) return [];
    throw new StoreUnusable(
      `The database lacks ${pending.join(', ')} and MIGRATE is off: run \`npm run cli -- migrate\`, then start again.`,
    );
  }
  const isBegun = ({ name, state }: MigrationRecord) =>
    state === 'unfinished' && files.some((file) => file.name === name);
  if (pending.length === 0 && !records.some(isBegun)) return [];

  let hasWaited = false;
  const onWait = () => {
    if (!hasWaited) log?.('Another instance applies migrations; waiting for it.');
    hasWaited = true;
  };
  const applied: string[] = [];
  for (;;) {
    // One transaction each: a value that a migration adds to an enum can be used by the next one, not by itself.
    const name = await connection.exclusively((session) => applyNext(session, files, log), onWait);
    if (name === undefined) return applied;
    applied.push(name);
  }
};

/** Marks a migration that was begun as rolled back, so that it is applied again. None of it may be in the database. */
export const markRolledBack = async ({ client }: Connection, name: string): Promise<void> => {
  const marked = await client.$executeRaw`
    UPDATE _prisma_migrations SET rolled_back_at = now()
    WHERE migration_name = ${name} AND finished_at IS NULL AND rolled_back_at IS NULL`;
  if (marked === 0) throw new StoreUnusable(`There is no unfinished migration ${name}.`);
};

/** Every migration in a folder, in the order in which they are applied. */
export const readMigrations = (folder = migrationsFolder): Migration[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'migration.sql')))
    .map(({ name }) => ({ name, sql: readFileSync(join(folder, name, 'migration.sql'), 'utf8') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

const readRecords = async ({ client }: Connection): Promise<MigrationRecord[]> => {
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
    return state.migrated ? await client.$queryRawUnsafe<MigrationRecord[]>(recordsQuery) : [];
  } catch (error) {
    throw translateStoreError(error);
  }
};

/**
 * During a roll-out, and after a rollback, an older release meets a newer database. It starts: refusing would turn a restart
 * into an outage. A migration is therefore written so that the previous release still runs. One that cannot be, because it
 * renames tables, leaves stand-ins under the old names that fail with a sentence for the operator.
 */
const warnOfNewer = (files: Migration[], records: MigrationRecord[], log: Migrating['log']): void => {
  const newer = records
    .filter(({ state }) => state !== 'rolled back')
    .map(({ name }) => name)
    .filter((name) => !files.some((file) => file.name === name));
  if (newer.length > 0) log?.('The database was migrated by a newer version.', { migrations: newer });
};

const checkUnedited = (files: Migration[], records: MigrationRecord[]): void => {
  for (const { name, checksum, state } of records) {
    const file = files.find((migration) => migration.name === name);
    if (state === 'finished' && file && checksumOf(file) !== checksum) {
      throw new StoreUnusable(
        `The migration ${name} was edited after it had been applied: restore its file, and put the change into a new ` +
          'migration (`npm run migration -- NAME`).',
      );
    }
  }
};

const pendingOf = (files: Migration[], records: MigrationRecord[]): Migration[] =>
  files.filter((file) => !records.some(({ name, state }) => name === file.name && state === 'finished'));

/** Applies the first migration that is missing, with its record, in one transaction. */
const applyNext = async (
  session: MigrationSession,
  files: Migration[],
  log: Migrating['log'],
): Promise<string | undefined> => {
  const records = await openMigrationRecords(session);
  const [migration] = pendingOf(files, records);
  if (!migration) return undefined;
  const { name } = migration;
  const isThere = await isInEffect(session, files, migration, records);
  log?.(isThere ? 'Recording a migration that was applied before.' : 'Applying a migration.', { migration: name });
  if (!isThere) {
    await dropStandIns(session);
    await session.execute(migration.sql).catch((error: unknown) => {
      throw failureOf(name, error);
    });
  }
  await recordMigration(session, migration);
  return name;
};

/**
 * Whether a migration that has a record, but no finished one, is in the database. Prisma's engine, which applied migrations
 * in Gatehouse 0.1, commits a script before it finishes its record, and may be killed between the two.
 *
 * @throws StoreUnusable when nothing shows it
 */
const isInEffect = async (
  session: MigrationSession,
  files: Migration[],
  migration: Migration,
  records: MigrationRecord[],
): Promise<boolean> => {
  const { name } = migration;
  const own = records.filter((record) => record.name === name);
  if (own.length === 0) return false;
  const begun = own.filter(({ state }) => state === 'unfinished');
  if (begun.some(({ hasSteps }) => hasSteps)) return true;
  const effect = await findMigrationEffect(session, files.slice(0, files.indexOf(migration) + 1));
  if (effect !== 'unknown') return effect === 'present';
  // A script that failed was undone as a whole.
  if (begun.every(({ hasFailed }) => hasFailed)) return false;
  throw new StoreUnusable(
    `The migration ${name} was begun by an earlier version and interrupted, and the catalog does not show whether it was ` +
      `applied. If it was not, run \`npm run cli -- migrate --rolled-back ${name}\`. If it was, run ` +
      `\`UPDATE _prisma_migrations SET finished_at = now() WHERE migration_name = '${name}'\` in the database.`,
  );
};

/** Only a server's error has a severity; a lost connection has none. */
const failureOf = (name: string, error: unknown): unknown => {
  if (!(error instanceof Error) || !('severity' in error)) return error;
  const code = storeErrorCode(error);
  // PostgreSQL quotes the value that is out of range or of another type. Its other messages quote names.
  const reason = code.startsWith('22') ? error.message.replace(/["'«„“].*["'»”“]/s, '…') : error.message;
  // Of COMMIT in a script, and of CREATE INDEX CONCURRENTLY, VACUUM and the like.
  const isOutside = code === '25001' || (code === '0A000' && /transaction/i.test(reason));
  const advice = isOutside ? '. A migration runs in one transaction: leave this statement out.' : '';
  return new StoreUnusable(`The migration ${name} failed and was undone: ${reason}${advice}`);
};
