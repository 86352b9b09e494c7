import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Connection } from '../../../src/store/database/client.js';
import { StoreUnusable } from '../../../src/store/errors.js';
import { applyPendingMigrations, migrationsFolder, readMigrations } from '../../../src/store/database/migrations.js';
import { openStore } from '../../../src/store/store.js';
import { createEmptyPostgres, createTestDatabase, postgresUrl, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let connection: Connection;
let folder: string;

beforeEach(async () => {
  database = await createTestDatabase();
  connection = await database.connect();
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-migrations-'));
  cpSync(migrationsFolder, folder, { recursive: true });
});

afterEach(async () => {
  await connection.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const addMigration = (name: string, sql: string): void => {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'migration.sql'), sql);
};

const first = readMigrations()[0]?.name ?? '';

describe('migrations', () => {
  it('are applied in order, once, as whole scripts', async () => {
    addMigration('29990102000000_trigger', 'CREATE TRIGGER note BEFORE INSERT ON note EXECUTE FUNCTION note();');
    addMigration(
      '29990101000000_note',
      `CREATE TABLE note (id int);
       CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.id := 1; RETURN NEW; END; $$;`,
    );
    const names = ['29990101000000_note', '29990102000000_trigger'];
    expect(await applyPendingMigrations(connection, { migrate: 'auto' }, folder)).toEqual(names);
    expect(await applyPendingMigrations(connection, { migrate: 'auto' }, folder)).toEqual([]);
  });

  it('leave nothing behind when they fail, and are tried again at the next start', async () => {
    addMigration('29990101000000_half', 'CREATE TABLE half (id int);\nSELECT 1 / 0;');
    await expect(applyPendingMigrations(connection, { migrate: 'auto' }, folder)).rejects.toMatchObject({
      name: 'StoreUnusable',
      message: 'The migration 29990101000000_half failed and was rolled back: division by zero',
    });
    expect(await database.query(`SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
    writeFileSync(join(folder, '29990101000000_half', 'migration.sql'), 'CREATE TABLE half (id int);');
    expect(await applyPendingMigrations(connection, { migrate: 'auto' }, folder)).toEqual(['29990101000000_half']);
  });

  it('say what failed without quoting a row', async () => {
    await database.query(`CREATE TABLE note AS SELECT 'ada@example.com' AS text`);
    addMigration('29990101000000_cast', 'ALTER TABLE note ALTER COLUMN text TYPE int USING text::int;');
    const failure = applyPendingMigrations(connection, { migrate: 'auto' }, folder);
    await expect(failure).rejects.toThrow('29990101000000_cast failed and was rolled back: invalid input syntax');
    await expect(failure).rejects.not.toThrow('ada');
  });

  it.each([
    ['COMMIT', 'CREATE TABLE half (id int); COMMIT; CREATE TABLE other (id int);'],
    ['ROLLBACK', 'CREATE TABLE half (id int); ROLLBACK;'],
    ['BEGIN', 'BEGIN; CREATE TABLE half (id int); COMMIT;'],
    ['CREATE INDEX CONCURRENTLY', 'CREATE TABLE half (id int); CREATE INDEX CONCURRENTLY ON half (id);'],
  ])('are refused as a whole when they contain %s', async (_what, sql) => {
    addMigration('29990101000000_half', sql);
    await expect(applyPendingMigrations(connection, { migrate: 'auto' }, folder)).rejects.toThrow(
      'A migration runs in one transaction',
    );
    expect(await database.query(`SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
  });

  it('may use what the one before has added to an enum', async () => {
    addMigration('29990101000000_value', `ALTER TYPE auth_user_origin ADD VALUE 'ELSEWHERE';`);
    addMigration('29990102000000_use', `CREATE TABLE use AS SELECT 'ELSEWHERE'::auth_user_origin AS origin;`);
    expect(await applyPendingMigrations(connection, { migrate: 'auto' }, folder)).toHaveLength(2);
  });

  it('are refused over the tables of something else', async () => {
    await database.query('DROP TABLE _prisma_migrations');
    await expect(applyPendingMigrations(connection, { migrate: 'auto' }, folder)).rejects.toThrow(
      '`?schema=gatehouse` in DATABASE_URL',
    );
  });

  it('are refused when one was edited after it had been applied', async () => {
    writeFileSync(join(folder, first, 'migration.sql'), 'SELECT 1;');
    await expect(applyPendingMigrations(connection, { migrate: 'auto' }, folder)).rejects.toThrow(
      new StoreUnusable(
        `The migration ${first} was edited after it had been applied. Restore its file, and put the change into a new ` +
          'migration (`npm run migration -- NAME`).',
      ),
    );
  });

  it('of a newer release are reported, and do not keep an older release from starting, during a roll-out or after a rollback', async () => {
    addMigration('29990101000000_new', 'CREATE TABLE new (id int);');
    await applyPendingMigrations(connection, { migrate: 'auto' }, folder);
    const said: unknown[] = [];
    await applyPendingMigrations(connection, {
      migrate: 'auto',
      log: (message, fields) => said.push([message, fields]),
    });
    expect(said).toEqual([
      ['The database was migrated by a newer release. Upgrade this instance.', { migrations: ['29990101000000_new'] }],
    ]);
  });

  it('are not applied when they are off', async () => {
    addMigration('29990101000000_new', 'CREATE TABLE new (id int);');
    await expect(applyPendingMigrations(connection, { migrate: 'off' }, folder)).rejects.toThrow(
      new StoreUnusable(
        'The database lacks 29990101000000_new, and MIGRATE is off. Run `npm run cli -- migrate`, then start again.',
      ),
    );
  });
});

if (postgresUrl !== undefined) {
  const serverUrl = postgresUrl;
  describe('ten instances that start at once on an empty PostgreSQL', () => {
    it('all open, and each migration was applied by one of them', async () => {
      const { url, drop } = await createEmptyPostgres(serverUrl);
      const applied: unknown[] = [];
      const stores = await Promise.all(
        Array.from({ length: 10 }, () =>
          openStore({
            databaseUrl: url,
            dataDir: 'unused',
            migrate: 'auto',
            log: (message, fields) => {
              if (message === 'Applying a migration.') applied.push(fields);
            },
          }),
        ),
      );
      expect(await Promise.all(stores.map((store) => store.users.any()))).toEqual(Array(10).fill(false));
      expect(applied).toEqual(readMigrations().map(({ name }) => ({ migration: name })));
      await Promise.all(stores.map((store) => store.close()));
      await drop();
    });
  });
}
