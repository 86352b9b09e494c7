import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { applyPendingMigrations, migrationsFolder, readMigrations } from '../../src/store/database/migrations.js';
import { createEmptyDatabase, type TestDatabase } from './database.js';

/** The migrations that the previous release lacks: the one that renames its tables, and every later one. */
export const upgradeMigrations = readMigrations()
  .map(({ name }) => name)
  .filter((name) => name >= '20261126140000_auth_names');

/** The name of each table in the previous release, and its name now. Every table comes after those that it refers to. */
export const renamedTables = {
  user: 'user',
  password_credential: 'auth_password_credential',
  user_role: 'auth_user_role',
  sign_up: 'auth_sign_up',
  session: 'auth_session',
  known_device: 'auth_known_device',
  signing_key: 'auth_signing_key',
  one_time_token: 'auth_one_time_token',
  outbox: 'auth_queue_entry',
  spent_limit: 'auth_rate_limit',
  security_event: 'auth_security_event',
} as const;

/** A database as the migrations of the previous release leave it. */
export const createPreviousDatabase = async (): Promise<TestDatabase> => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-previous-'));
  cpSync(migrationsFolder, folder, { recursive: true });
  for (const name of upgradeMigrations) rmSync(join(folder, name), { recursive: true });
  const database = await createEmptyDatabase();
  const connection = await database.connect();
  await applyPendingMigrations(connection, { migrate: 'auto' }, folder);
  await connection.close();
  rmSync(folder, { recursive: true });
  return database;
};

/** Copies every row of a current database into one of the previous release, as that release would have written it. */
export const copyRows = async (from: TestDatabase, to: TestDatabase): Promise<void> => {
  for (const [previous, current] of Object.entries(renamedTables)) {
    const rows = (await from.query(`SELECT to_jsonb(t) AS row FROM "${current}" t`)) as { row: object }[];
    for (const { row } of rows) {
      const insert = `INSERT INTO "${previous}" SELECT * FROM jsonb_populate_record(NULL::"${previous}", $1::jsonb)`;
      await to.query(insert, [JSON.stringify(row)]);
    }
  }
};
