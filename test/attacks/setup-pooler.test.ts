import pg from 'pg';

import { hasPgBouncer, startPgBouncer } from '../../bench/pgbouncer.js';
import { readMigrations } from '../../src/store/database/migrations.js';
import { openStore, type Store } from '../../src/store/store.js';
import { createEmptyPostgres, postgresUrl } from '../support/database.js';

const INSTANCES = 6;

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0)) await release();
});

const query = async <Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> => {
  const client = new pg.Client(url);
  await client.connect();
  try {
    // Of several statements there are several results.
    return [await client.query<Row>(sql)].flat().flatMap(({ rows }) => rows);
  } finally {
    await client.end();
  }
};

const openAll = (databaseUrl: string): Promise<Store[]> =>
  Promise.all(
    Array.from({ length: INSTANCES }, () =>
      openStore({ databaseUrl, dataDir: 'unused', migrate: 'auto', poolSize: 2 }),
    ),
  );

const recordsSql =
  'SELECT migration_name AS name, finished_at IS NOT NULL AS finished FROM _prisma_migrations ORDER BY 1';
const finished = readMigrations().map(({ name }) => ({ name, finished: true }));
const locksSql = `
  SELECT count(*)::int AS locks FROM pg_locks
  WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
const settingsSql = `
  SELECT name FROM pg_settings WHERE name IN
    ('statement_timeout', 'lock_timeout', 'idle_session_timeout', 'idle_in_transaction_session_timeout', 'TimeZone')
  AND setting <> reset_val`;

if (postgresUrl === undefined || !hasPgBouncer()) {
  it('is skipped: it needs TEST_DATABASE_URL and /usr/sbin/pgbouncer', () => {
    console.warn('Starts behind PgBouncer are skipped.');
  });
} else {
  const serverUrl = postgresUrl;

  it('six instances that start at once behind PgBouncer in transaction mode migrate once and leave nothing in its sessions', async () => {
    const { url, drop } = await createEmptyPostgres(serverUrl);
    releases.push(drop);
    const pooled = await startPgBouncer({ onEnd: (release) => releases.unshift(release) }, url);
    const stores = await openAll(pooled);
    expect(await query(url, recordsSql)).toEqual(finished);
    expect(await query(url, locksSql)).toEqual([{ locks: 0 }]);
    await Promise.all(stores.map((store) => store.users.any()));

    // Several at once, so that each session of the pooler is asked.
    const foreign = await Promise.all(
      Array.from({ length: INSTANCES }, () => query(pooled, `${settingsSql}; SELECT pg_sleep(0.2)`)),
    );
    expect(foreign.flat().filter((row) => 'name' in row)).toEqual([]);
    expect(stores.map(({ notices }) => notices)).toEqual(
      Array(INSTANCES).fill([expect.stringContaining('Set DATABASE_DIRECT_URL')]),
    );
    await Promise.all(stores.map((store) => store.close()));
  }, 120_000);

  it('a lock that an earlier version has left in a session of the pooler keeps no start waiting', async () => {
    const { url, drop } = await createEmptyPostgres(serverUrl);
    releases.push(drop);
    const left = new pg.Client(url);
    await left.connect();
    releases.unshift(() => left.end());
    await left.query('SELECT pg_advisory_lock(7146021853), pg_advisory_lock(72707369)');
    await (await openStore({ databaseUrl: url, dataDir: 'unused', migrate: 'auto' })).close();
    expect(await query(url, recordsSql)).toEqual(finished);
  }, 60_000);

  it('a session of Prisma’s command line that works under its lock is waited for', async () => {
    const { url, drop } = await createEmptyPostgres(serverUrl);
    releases.push(drop);
    const other = new pg.Client(url);
    await other.connect();
    await other.query('SELECT pg_advisory_lock(72707369)');
    const working = other.query('SELECT pg_sleep(4)').then(() => 'worked');
    let waits: () => void = () => undefined;
    const waited = new Promise<string>((resolve) => (waits = () => resolve('waited')));
    const opening = openStore({
      databaseUrl: url,
      dataDir: 'unused',
      migrate: 'auto',
      log: (message) => {
        if (message.startsWith('Waiting for another instance')) waits();
      },
    });
    expect(await Promise.race([waited, working, opening.then(() => 'opened')])).toBe('waited');
    expect(await Promise.race([working, opening.then(() => 'opened')])).toBe('worked');
    await other.end();
    await (await opening).close();
  }, 60_000);

  it('an instance that connects directly keeps its deadlines in the database and gives no notice', async () => {
    const { url, drop } = await createEmptyPostgres(serverUrl);
    releases.push(drop);
    const store = await openStore({ databaseUrl: url, dataDir: 'unused', migrate: 'auto' });
    expect(store.notices).toEqual([]);
    await store.close();
  });
}
