import { createHash, randomUUID } from 'node:crypto';

import { StoreUnusable } from '../errors.js';
import type { MigrationSession } from './migration-session.js';

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

const stateQuery = `
  SELECT to_regclass('_prisma_migrations') IS NOT NULL AS "isRecorded",
         EXISTS (
           SELECT FROM pg_class c
           WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
             AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
         ) AS "isOccupied"`;

/**
 * Reads the records within the transaction that will change them, and creates their table in an empty database.
 *
 * @throws StoreUnusable when the database contains tables but no records
 */
export const openMigrationRecords = async ({ query }: MigrationSession): Promise<MigrationRecord[]> => {
  const [state] = await query<{ isRecorded: boolean; isOccupied: boolean }>(stateQuery);
  if (state?.isRecorded !== true) {
    if (state?.isOccupied === true) {
      throw new StoreUnusable(
        'The database already contains tables that Gatehouse did not create. Set DATABASE_URL to an empty database.',
      );
    }
    await query(table);
  }
  // Earlier versions had no common lock: two processes that migrated at the same time left two records of a migration.
  await query(
    `DELETE FROM _prisma_migrations AS begun
     WHERE finished_at IS NULL AND rolled_back_at IS NULL AND EXISTS (
       SELECT FROM _prisma_migrations AS done
       WHERE done.migration_name = begun.migration_name AND done.finished_at IS NOT NULL AND done.rolled_back_at IS NULL)`,
  );
  return query<MigrationRecord>(recordsQuery);
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
