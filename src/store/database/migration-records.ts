import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';

import { StoreUnusable } from '../errors.js';
import type { MigrationSession } from './migration-session.js';
import { assertNoNameCollision } from './name-collisions.js';

/** A folder in prisma/migrations. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** A row of `_prisma_migrations`, in the format of Prisma's command line. */
export interface MigrationRecord {
  readonly name: string;
  readonly checksum: string;
  readonly state: 'finished' | 'unfinished' | 'rolled back';
  /** Whether Prisma has committed the script; it increments this count before it marks the record as finished. */
  readonly hasSteps: boolean;
  /** Whether Prisma has recorded an error. */
  readonly hasFailed: boolean;
}

/** Reads the records in the order in which the migrations were started. Fails when the table does not exist. */
export const recordsQuery = `
  SELECT migration_name AS name, checksum, applied_steps_count > 0 AS "hasSteps", logs IS NOT NULL AS "hasFailed",
         CASE WHEN rolled_back_at IS NOT NULL THEN 'rolled back'
              WHEN finished_at IS NOT NULL THEN 'finished' ELSE 'unfinished' END AS state
  FROM _prisma_migrations ORDER BY started_at`;

/** Prisma's own definition of the table. */
const table = `
  CREATE TABLE _prisma_migrations (
    id varchar(36) PRIMARY KEY NOT NULL,
    checksum varchar(64) NOT NULL,
    finished_at timestamptz,
    migration_name varchar(255) NOT NULL,
    logs text,
    rolled_back_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
  )`;

/** Whether the first schema of the search path contains the records, and whether a later one contains our tables. */
export const recordedQuery = `
  SELECT current_schema() AS schema,
         to_regclass(quote_ident(current_schema()) || '._prisma_migrations') IS NOT NULL AS "isRecorded",
         EXISTS (
           SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
           WHERE c.relname = 'auth_session' AND n.nspname = ANY (current_schemas(false)) AND n.nspname <> current_schema()
         ) AS "isElsewhere"`;

export interface Recorded {
  readonly schema: string | null;
  readonly isRecorded: boolean;
  readonly isElsewhere: boolean;
}

/**
 * Reads the records within the transaction that will change them. Creates their table in a schema that has none, and the schema
 * that the URL names.
 *
 * @param files all migrations of this release
 * @throws StoreUnusable when the schema belongs to another program
 */
export const openMigrationRecords = async (
  session: MigrationSession,
  files: readonly Migration[],
): Promise<MigrationRecord[]> => {
  const { query } = session;
  const state = await readRecorded(session);
  if (state.schema === null) {
    if (session.schema === undefined) throw new StoreUnusable('The search path contains no schema that exists.');
    await query(`CREATE SCHEMA ${pg.escapeIdentifier(session.schema)}`);
  }
  if (!state.isRecorded) {
    assertNotElsewhere(state);
    await query(table);
  }
  // Earlier versions had no common lock: two processes that migrated at the same time left two records of a migration.
  await query(
    `DELETE FROM _prisma_migrations AS begun
     WHERE finished_at IS NULL AND rolled_back_at IS NULL AND EXISTS (
       SELECT FROM _prisma_migrations AS done
       WHERE done.migration_name = begun.migration_name AND done.finished_at IS NOT NULL AND done.rolled_back_at IS NULL)`,
  );
  const records = await query<MigrationRecord>(recordsQuery);
  assertOwnRecords(records, files);
  if (records.length === 0)
    await assertNoNameCollision(
      session,
      files.map(({ sql }) => sql),
    );
  return records;
};

const readRecorded = async ({ query }: MigrationSession): Promise<Recorded> => {
  const [recorded] = await query<Recorded>(recordedQuery);
  if (!recorded) throw new Error('The database did not return its schema.');
  return recorded;
};

/**
 * A new schema before the one with our tables, such as one with the name of the user, would be taken for an empty database, and
 * no user could log in.
 *
 * @throws StoreUnusable
 */
export const assertNotElsewhere = ({ isElsewhere }: Recorded): void => {
  if (!isElsewhere) return;
  throw new StoreUnusable(
    'The search path begins with a schema that has no tables of Gatehouse, and continues with one that has them. Add the ' +
      'schema that Gatehouse has to use to DATABASE_URL: `?schema=`.',
  );
};

/** @throws StoreUnusable when the records are those of another program that uses Prisma */
export const assertOwnRecords = (records: readonly MigrationRecord[], files: readonly Migration[]): void => {
  if (records.length === 0 || records.some(({ name }) => files.some((file) => file.name === name))) return;
  throw new StoreUnusable(
    'The table _prisma_migrations in this schema belongs to another program that uses Prisma. Give Gatehouse a schema of its ' +
      'own, for example with `?schema=gatehouse` in DATABASE_URL.',
  );
};

/** Records a migration as applied and replaces its unfinished record, if there is one. */
export const recordMigration = async ({ query }: MigrationSession, migration: Migration): Promise<void> => {
  await query(
    `DELETE FROM _prisma_migrations WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL`,
    [migration.name],
  );
  await query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, clock_timestamp(), 1)`,
    [randomUUID(), checksumOf(migration), migration.name],
  );
};

/** SHA-256 of the script in hexadecimal, compatible with Prisma. */
export const checksumOf = ({ sql }: Migration): string => createHash('sha256').update(sql).digest('hex');
