import type { Connection } from '../../../src/store/database/client.js';
import {
  checksumOf,
  openMigrationRecords,
  recordMigration,
  type MigrationRecord,
} from '../../../src/store/database/migration-records.js';
import { readMigrations } from '../../../src/store/database/migrations.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let connection: Connection;

beforeEach(async () => {
  database = await createTestDatabase();
  connection = await database.connect();
});

afterEach(async () => {
  await connection.close();
  await database.drop();
});

const open = (): Promise<MigrationRecord[]> =>
  connection.exclusively(
    (session) => openMigrationRecords(session, readMigrations()),
    () => undefined,
  );
const migration = { name: '29990101000000_note', sql: 'CREATE TABLE note (id int);' };

/** Records a migration as Prisma does before it executes the script. */
const begin = (name: string) =>
  database.query(`INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES (gen_random_uuid(), '', $1)`, [
    name,
  ]);

describe('the records of migrations', () => {
  it('list what was applied, in order and finished', async () => {
    expect(await open()).toEqual(
      readMigrations().map((file) => ({
        name: file.name,
        checksum: checksumOf(file),
        state: 'finished',
        hasSteps: true,
        hasFailed: false,
      })),
    );
  });

  it('have the checksum that Prisma computes', () => {
    // printf 'SELECT 1;' | sha256sum
    const checksum = '17db4fd369edb9244b9f91d9aeed145c3d04ad8ba6e95d06247f07a63527d11a';
    expect(checksumOf({ name: 'any', sql: 'SELECT 1;' })).toBe(checksum);
  });

  it('are refused in a schema that has tables of ours but no record of them', async () => {
    await database.query('DROP TABLE _prisma_migrations');
    await expect(open()).rejects.toThrow('Gatehouse did not create but whose names it needs');
  });

  it('of another program that uses Prisma are refused', async () => {
    await database.query('DELETE FROM _prisma_migrations');
    await begin('20200101000000_shop');
    await expect(open()).rejects.toThrow(
      '_prisma_migrations in this schema belongs to another program that uses Prisma',
    );
  });

  it('are created in an empty database', async () => {
    await database.query('CREATE SCHEMA empty');
    const records = await connection.exclusively(
      async (session) => {
        await session.query('SET LOCAL search_path TO empty');
        return openMigrationRecords(session, readMigrations());
      },
      () => undefined,
    );
    expect(records).toEqual([]);
    expect(await database.query(`SELECT count(*)::int AS count FROM empty._prisma_migrations`)).toEqual([{ count: 0 }]);
  });

  it('replace an unfinished record by a finished one', async () => {
    await begin(migration.name);
    expect((await open()).at(-1)).toMatchObject({ name: migration.name, state: 'unfinished' });
    await connection.exclusively(
      (session) => recordMigration(session, migration),
      () => undefined,
    );
    const records = (await open()).filter(({ name }) => name === migration.name);
    expect(records).toMatchObject([{ state: 'finished', checksum: checksumOf(migration), hasSteps: true }]);
  });

  it('lose an unfinished record when the same migration is finished', async () => {
    const [first] = readMigrations();
    await begin(first?.name ?? '');
    expect((await open()).filter(({ name }) => name === first?.name)).toMatchObject([{ state: 'finished' }]);
  });
});
