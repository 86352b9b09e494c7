import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

import { catalogQuery, type CatalogObject } from '../../../src/store/database/catalog.js';
import { connectEmbedded, connectPostgres, type Connection } from '../../../src/store/database/client.js';
import { checksumOf, type Migration } from '../../../src/store/database/migration-records.js';
import {
  applyPendingMigrations,
  markRolledBack,
  migrationsFolder,
  readMigrations,
} from '../../../src/store/database/migrations.js';
import { createEmptyEmbedded, createEmptyPostgres, createTestDatabase, postgresUrl } from '../../support/database.js';

/** An empty database, as it is before a first start. */
interface EmptyDatabase {
  readonly connection: Connection;
  readonly run: (script: string) => Promise<object[]>;
  readonly drop: () => Promise<void>;
}

const createEmpty = async (): Promise<EmptyDatabase> => {
  if (postgresUrl === undefined) {
    const pglite = await createEmptyEmbedded();
    const connection = await connectEmbedded(pglite, () => pglite.close());
    const run = async (script: string) => (await pglite.exec(script)).at(-1)?.rows ?? [];
    return { connection, run, drop: () => connection.close() };
  }
  const { url, drop } = await createEmptyPostgres(postgresUrl);
  const connection = connectPostgres(url, { poolSize: 2 });
  const run = async (script: string) => {
    const client = new pg.Client(url);
    await client.connect();
    try {
      const results = [await client.query<object>(script)].flat();
      return results.at(-1)?.rows ?? [];
    } finally {
      await client.end();
    }
  };
  const dropAfterClose = async () => {
    await connection.close();
    await drop();
  };
  return { connection, run, drop: dropAfterClose };
};

const recordsTable = `
  CREATE TABLE _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0
  );`;

interface Marks {
  readonly finished?: boolean;
  readonly rolledBack?: boolean;
  readonly logs?: string;
  readonly steps?: number;
}

const recordOf = (migration: Migration, { finished, rolledBack, logs, steps }: Marks): string =>
  `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, rolled_back_at, logs, applied_steps_count)
   VALUES ('${randomUUID()}', '${checksumOf(migration)}', '${migration.name}', ${finished ? 'now()' : 'NULL'},
           ${rolledBack ? 'now()' : 'NULL'}, ${logs === undefined ? 'NULL' : `'${logs}'`}, ${steps ?? 0});`;

const migrations = readMigrations();
const names = migrations.map(({ name }) => name);
/** Each case takes seconds, and released migrations do not change: `EVERY_MIGRATION=1` tries the others too. */
const tried = process.env['EVERY_MIGRATION'] === '1' ? names : [...names.slice(0, 1), ...names.slice(-2)];

let database: EmptyDatabase;
let complete: readonly object[];

beforeAll(async () => {
  const reference = await createTestDatabase();
  complete = (await reference.query(catalogQuery)) as CatalogObject[];
  await reference.drop();
});

beforeEach(async () => {
  database = await createEmpty();
});

afterEach(() => database.drop());

/** Everything before a migration, as an earlier version has applied and recorded it. */
const prepare = async (name: string): Promise<Migration> => {
  const position = names.indexOf(name);
  await database.run(recordsTable);
  for (const before of migrations.slice(0, position)) {
    await database.run(before.sql);
    await database.run(recordOf(before, { finished: true, steps: 1 }));
  }
  const migration = migrations[position];
  if (!migration) throw new Error(`there is no ${name}`);
  return migration;
};

const expectComplete = async (): Promise<void> => {
  expect(await database.run(catalogQuery)).toEqual(complete);
  const records = await database.run(
    `SELECT migration_name AS name, finished_at IS NOT NULL AS finished, logs, applied_steps_count AS steps
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name`,
  );
  expect(records).toEqual(names.map((name) => ({ name, finished: true, logs: null, steps: 1 })));
};

describe('a start after one of an earlier version was interrupted', () => {
  it.each(tried.slice(-1))(
    'finishes %s, which has a record and nothing else',
    async (name) => {
      const migration = await prepare(name);
      await database.run(recordOf(migration, {}));
      expect(await applyPendingMigrations(database.connection, { migrate: 'auto' })).toEqual(
        names.slice(names.indexOf(name)),
      );
      await expectComplete();
    },
    60_000,
  );

  it.each(tried)(
    'finishes %s, which was applied and has an unfinished record',
    async (name) => {
      const migration = await prepare(name);
      await database.run(recordOf(migration, {}));
      await database.run(migration.sql);
      expect(await applyPendingMigrations(database.connection, { migrate: 'auto' })).toEqual(
        names.slice(names.indexOf(name)),
      );
      await expectComplete();
    },
    60_000,
  );

  it.each(tried.slice(-1))(
    'finishes %s, which was applied, marked as rolled back and tried again',
    async (name) => {
      const migration = await prepare(name);
      await database.run(migration.sql);
      await database.run(recordOf(migration, { rolledBack: true }));
      await database.run(recordOf(migration, { logs: 'already exists' }));
      await applyPendingMigrations(database.connection, { migrate: 'auto' });
      await expectComplete();
    },
    60_000,
  );

  it('finishes one whose step was counted', async () => {
    const migration = await prepare(names[2] ?? '');
    await database.run(migration.sql);
    await database.run(recordOf(migration, { steps: 1 }));
    await applyPendingMigrations(database.connection, { migrate: 'auto' });
    await expectComplete();
  }, 60_000);

  it('removes the second record of a migration that two instances had applied at once', async () => {
    await applyPendingMigrations(database.connection, { migrate: 'auto' });
    for (const migration of migrations) await database.run(recordOf(migration, { logs: 'already exists' }));
    expect(await applyPendingMigrations(database.connection, { migrate: 'auto' })).toEqual([]);
    await expectComplete();
  }, 60_000);

  it('reports a foreign table that is in the way, and leaves it unchanged', async () => {
    const migration = await prepare(names[0] ?? '');
    await database.run('CREATE TABLE "user" (nick text)');
    await database.run(recordOf(migration, {}));
    await expect(applyPendingMigrations(database.connection, { migrate: 'auto' })).rejects.toThrow(
      `The migration ${migration.name} failed and was rolled back: relation "user" already exists`,
    );
    expect(await database.run(`SELECT to_regclass('session') AS session`)).toEqual([{ session: null }]);
  }, 60_000);
});

describe('an interrupted migration that changes rows only', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-effect-'));
    cpSync(migrationsFolder, folder, { recursive: true });
    mkdirSync(join(folder, '29990101000000_rows'));
    const sql = `INSERT INTO auth_rate_limit (key, spent, expires_at) VALUES ('rows', 1, now());`;
    writeFileSync(join(folder, '29990101000000_rows', 'migration.sql'), sql);
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const begin = async (marks: Marks): Promise<void> => {
    await applyPendingMigrations(database.connection, { migrate: 'auto' });
    const rows = readMigrations(folder).at(-1);
    if (rows) await database.run(recordOf(rows, marks));
  };

  it('is left to the operator, who knows whether it was applied', async () => {
    await begin({});
    await expect(applyPendingMigrations(database.connection, { migrate: 'auto' }, folder)).rejects.toThrow(
      'npm run cli -- migrate --rolled-back 29990101000000_rows',
    );
    await markRolledBack(database.connection, '29990101000000_rows');
    expect(await applyPendingMigrations(database.connection, { migrate: 'auto' }, folder)).toEqual([
      '29990101000000_rows',
    ]);
  }, 60_000);

  it('is applied when it had failed', async () => {
    await begin({ logs: 'deadlock detected' });
    expect(await applyPendingMigrations(database.connection, { migrate: 'auto' }, folder)).toEqual([
      '29990101000000_rows',
    ]);
  }, 60_000);
});
