import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Connection } from './client.js';
import { storeErrorCode, StoreUnusable, translateStoreError } from '../errors.js';
import { findMigrationEffect } from './migration-effect.js';
import {
  assertNotElsewhere,
  assertOwnRecords,
  checksumOf,
  openMigrationRecords,
  recordedQuery,
  recordMigration,
  recordsQuery,
  type Migration,
  type MigrationRecord,
  type Recorded,
} from './migration-records.js';
import type { MigrationSession } from './migration-session.js';
import { executeWithStandIns } from './stand-ins.js';

export interface MigrationOptions {
  readonly migrate: 'auto' | 'off';
  readonly log?: ((message: string, fields?: object) => void) | undefined;
}

/** The relative path is the same from `src/` and from the compiled code. */
export const migrationsFolder = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

/**
 * Applies pending migrations and returns their names. A migration and its record are one transaction, so an interrupted
 * start leaves nothing to repair. Instances that start at the same time wait for each other.
 *
 * @throws StoreUnusable when an operator has to act
 * @throws StoreUnavailable when the database does not respond
 */
export const applyPendingMigrations = async (
  connection: Connection,
  { migrate, log }: MigrationOptions,
  folder = migrationsFolder,
): Promise<string[]> => {
  const files = readMigrations(folder);
  const records = await readRecords(connection);
  assertOwnRecords(records, files);
  reportNewer(files, records, log);
  checkUnedited(files, records);
  const pending = pendingOf(files, records).map(({ name }) => name);
  if (migrate === 'off') {
    if (pending.length === 0) return [];
    throw new StoreUnusable(
      `The database lacks ${pending.join(', ')}, and MIGRATE is off. Run \`npm run cli -- migrate\`, then start again.`,
    );
  }
  const isBegun = ({ name, state }: MigrationRecord) =>
    state === 'unfinished' && files.some((file) => file.name === name);
  if (pending.length === 0 && !records.some(isBegun)) return [];

  let hasWaited = false;
  const onWait = () => {
    if (!hasWaited) log?.('Waiting for another instance to apply migrations.');
    hasWaited = true;
  };
  const applied: string[] = [];
  for (;;) {
    // One transaction for each: PostgreSQL does not allow a new enum value to be used in the transaction that adds it.
    const name = await connection.exclusively((session) => applyNext(session, files, log), onWait);
    if (name === undefined) break;
    applied.push(name);
  }
  if (pendingOf(files, await readRecords(connection)).length > 0) {
    throw new StoreUnusable(
      'The migrations were applied to the database of DATABASE_DIRECT_URL, which is not the one of DATABASE_URL. Correct one of them.',
    );
  }
  return applied;
};

/**
 * Marks an unfinished migration as rolled back, so that it is applied again. The operator must have verified that none of
 * its changes are in the database.
 *
 * @throws StoreUnusable when there is no unfinished migration of this name
 */
export const markRolledBack = async (connection: Connection, name: string): Promise<void> => {
  const isUnfinished = ({ name: one, state }: MigrationRecord) => one === name && state === 'unfinished';
  if (!(await readRecords(connection)).some(isUnfinished))
    throw new StoreUnusable(`There is no unfinished migration called ${name}.`);
  await translated(
    connection.query(
      `UPDATE _prisma_migrations SET rolled_back_at = now()
       WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL`,
      [name],
    ),
  );
};

/** Reads all migrations of a folder, in the order in which they are applied. */
export const readMigrations = (folder = migrationsFolder): Migration[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'migration.sql')))
    .map(({ name }) => ({ name, sql: readFileSync(join(folder, name, 'migration.sql'), 'utf8') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

const readRecords = async ({ query }: Connection): Promise<MigrationRecord[]> => {
  const [recorded] = await translated(query<Recorded>(recordedQuery));
  if (recorded?.isRecorded === true) return translated(query<MigrationRecord>(recordsQuery));
  if (recorded) assertNotElsewhere(recorded);
  return [];
};

const translated = async <T>(response: Promise<T>): Promise<T> => {
  try {
    return await response;
  } catch (error) {
    throw storeErrorCode(error) === '42501'
      ? new StoreUnusable(
          'The user of DATABASE_URL may not read the table _prisma_migrations. Grant it SELECT, INSERT, UPDATE and DELETE on all tables of the schema.',
          { cause: error },
        )
      : translateStoreError(error);
  }
};

/**
 * Logs a message if a newer release has migrated the database, as happens during a roll-out and after a rollback. The older
 * release starts all the same: refusing would turn a restart into an outage. A migration is therefore written so that the
 * previous release still runs. If that is impossible, because it renames tables, it leaves stand-ins under the old names,
 * whose use fails with a message for the operator.
 */
const reportNewer = (files: Migration[], records: MigrationRecord[], log: MigrationOptions['log']): void => {
  const newer = records
    .filter(({ state }) => state !== 'rolled back')
    .map(({ name }) => name)
    .filter((name) => !files.some((file) => file.name === name));
  if (newer.length > 0)
    log?.('The database was migrated by a newer release. Upgrade this instance.', { migrations: newer });
};

const checkUnedited = (files: Migration[], records: MigrationRecord[]): void => {
  for (const { name, checksum, state } of records) {
    const file = files.find((migration) => migration.name === name);
    if (state === 'finished' && file && checksumOf(file) !== checksum) {
      throw new StoreUnusable(
        `The migration ${name} was edited after it had been applied. Restore its file, and put the change into a new ` +
          'migration (`npm run migration -- NAME`).',
      );
    }
  }
};

const pendingOf = (files: Migration[], records: MigrationRecord[]): Migration[] =>
  files.filter((file) => !records.some(({ name, state }) => name === file.name && state === 'finished'));

/** Applies the first pending migration and records it, in one transaction. Returns its name, or `undefined` without one. */
const applyNext = async (
  session: MigrationSession,
  files: Migration[],
  log: MigrationOptions['log'],
): Promise<string | undefined> => {
  const records = await openMigrationRecords(session, files);
  const [migration, ...later] = pendingOf(files, records);
  if (!migration) return undefined;
  const { name } = migration;
  const isApplied = await wasApplied(session, files, migration, records);
  log?.(isApplied ? 'Recording a migration that was already applied.' : 'Applying a migration.', { migration: name });
  if (!isApplied) {
    const laterNames = later.map((pending) => pending.name);
    await executeWithStandIns(session, migration, laterNames).catch((error: unknown) => {
      throw migrationFailure(name, error);
    });
  }
  await recordMigration(session, migration);
  return name;
};

/**
 * Whether a migration with an unfinished record is already applied. Prisma's engine, which Gatehouse 0.1 used, commits a
 * script before it finishes the record, and may be killed between the two.
 *
 * @throws StoreUnusable when this cannot be determined
 */
const wasApplied = async (
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
  // A script that failed was rolled back as a whole.
  if (begun.every(({ hasFailed }) => hasFailed)) return false;
  throw new StoreUnusable(
    `An earlier version was interrupted while it applied the migration ${name}, and the catalog does not show whether it was ` +
      `applied. If it was not, run \`npm run cli -- migrate --rolled-back ${name}\`. If it was, run ` +
      `\`UPDATE _prisma_migrations SET finished_at = now() WHERE migration_name = '${name}'\` in the database.`,
  );
};

/** Converts an error of the database into a message for the operator, without values of rows. */
const migrationFailure = (name: string, error: unknown): unknown => {
  // Only errors of the server have a severity. The error of a lost connection is returned unchanged.
  if (!(error instanceof Error) || !('severity' in error)) return error;
  const code = storeErrorCode(error);
  // In class 22 (data exception), PostgreSQL quotes the invalid value. Its other messages quote names only.
  const reason = code.startsWith('22') ? error.message.replace(/["'«„“].*["'»”“]/s, '…') : error.message;
  // COMMIT, and statements such as CREATE INDEX CONCURRENTLY and VACUUM.
  const isForbidden = code === '25001' || (code === '0A000' && /transaction/i.test(reason));
  const advice = isForbidden ? '. A migration runs in one transaction: remove this statement.' : '';
  return new StoreUnusable(`The migration ${name} failed and was rolled back: ${reason}${advice}`);
};
