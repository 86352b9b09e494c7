import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

import { connectEmbedded, connectPostgres, type Connection } from '../../src/store/database/client.js';
import { readMigrations } from '../../src/store/database/migrations.js';
import { openStore, type Store } from '../../src/store/store.js';

/** A database of a suite's own, with every migration applied and nothing in it. */
export interface TestDatabase {
  /** Opens a store on it; several at once act as several instances. The caller closes each of them. */
  readonly open: (hasDeadlines?: boolean) => Promise<Store>;
  /** The open database below the store, for tests of migrations. */
  readonly connect: () => Promise<Connection>;
  /** SQL as its owner runs it, such as what moves a row's times. */
  readonly query: (sql: string, values?: readonly unknown[]) => Promise<unknown[]>;
  /** PostgreSQL only. */
  readonly url?: string;
  /** After its stores are closed. */
  readonly drop: () => Promise<void>;
}

/** A PostgreSQL server for tests, whose user may create databases; unset, what only PostgreSQL can show is not tested. */
export const postgresUrl = process.env['TEST_DATABASE_URL'];

/** By this name the end of a run finds what it has left; global-setup.mjs sets it. */
const testRun = process.env['GATEHOUSE_TEST_RUN'] ?? 'none';

const databaseName = () => `gatehouse_test_${testRun}_${randomUUID().replaceAll('-', '')}`;

/** On PostgreSQL when TEST_DATABASE_URL is set, and embedded otherwise. */
export const createTestDatabase = async (): Promise<TestDatabase> =>
  postgresUrl === undefined ? createEmbedded() : createPostgres(postgresUrl);

/** An empty PostgreSQL database without any table. */
export const createEmptyPostgres = async (serverUrl: string): Promise<{ url: string; drop: () => Promise<void> }> => {
  const name = databaseName();
  await administer(serverUrl, (client) => client.query(`CREATE DATABASE ${name}`));
  return { url: urlOf(serverUrl, name), drop: () => dropPostgres(serverUrl, name) };
};

/** An empty database without any table. Opening a store over it applies every migration. */
export const createEmptyDatabase = async (): Promise<TestDatabase> => {
  if (postgresUrl === undefined) return embeddedDatabase(await createEmptyEmbedded(), 'auto');
  const { url } = await createEmptyPostgres(postgresUrl);
  return postgresDatabase(postgresUrl, url, 'auto');
};

const createPostgres = async (serverUrl: string): Promise<TestDatabase> => {
  const name = databaseName();
  const template = await makeTemplate(serverUrl);
  await administer(serverUrl, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  return postgresDatabase(serverUrl, urlOf(serverUrl, name), 'off');
};

const postgresDatabase = (serverUrl: string, url: string, migrate: 'auto' | 'off'): TestDatabase => ({
  open: (hasDeadlines) => openStore({ databaseUrl: url, dataDir: 'unused', migrate, hasDeadlines }),
  connect: () => Promise.resolve(connectPostgres(url, { poolSize: 2 })),
  query: (sql, values = []) => administer(url, async (client) => (await client.query<object>(sql, [...values])).rows),
  url,
  drop: () => dropPostgres(serverUrl, new URL(url).pathname.slice(1)),
});

/** Made once in a run: the suites of all workers copy it. */
const makeTemplate = (serverUrl: string): Promise<string> => {
  const template = `gatehouse_template_${testRun}`;
  return administer(serverUrl, async (client) => {
    await client.query(`SELECT pg_advisory_lock(hashtext('${template}'))`);
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (found.rowCount === 0) {
      const { url } = await createEmptyPostgres(serverUrl);
      await (await openStore({ databaseUrl: url, dataDir: 'unused', migrate: 'auto' })).close();
      await client.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} RENAME TO ${template}`);
    }
    return template;
  });
};

const administer = async <T>(serverUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client(serverUrl);
  // A lost connection also fails the statement. Without a listener, the event would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const dropPostgres = async (serverUrl: string, name: string): Promise<void> => {
  await administer(serverUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
};

const urlOf = (serverUrl: string, name: string): string => {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
};

/** In memory, from a dump of a migrated database: a third of a second instead of several. */
const createEmbedded = async (): Promise<TestDatabase> => embeddedDatabase(await loadDump(await migratedDump()), 'off');

/** With few shared buffers: a quarter of the time that an embedded database takes to open is spent on clearing 128 MB. */
const loadDump = (dump: Uint8Array<ArrayBuffer>): Promise<PGlite> =>
  PGlite.create({
    loadDataDir: new Blob([dump]),
    startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'],
  });

const embeddedDatabase = (pglite: PGlite, migrate: 'auto' | 'off'): TestDatabase => ({
  open: () => openStore({ embedded: pglite, dataDir: 'unused', migrate }),
  connect: () => connectEmbedded(pglite, () => Promise.resolve()),
  query: async (sql, values = []) => (await pglite.query<object>(sql, [...values])).rows,
  drop: () => pglite.close(),
});

/** Puts a migrated database into a DATA_DIR, where a server finds it as if it had been started there before. */
export const prepareDataDir = async (dataDir: string): Promise<void> => {
  mkdirSync(join(dataDir, 'database'), { recursive: true, mode: 0o700 });
  const loadDataDir = new Blob([await migratedDump()]);
  await (await PGlite.create(join(dataDir, 'database'), { loadDataDir })).close();
};

/** An embedded database in memory without any table. From a dump: initializing a database costs seconds. */
export const createEmptyEmbedded = async (): Promise<PGlite> => loadDump(await dumpOf('empty', () => PGlite.create()));

const migratedDump = () =>
  dumpOf('migrated', async () => {
    const pglite = await createEmptyEmbedded();
    await (await openStore({ embedded: pglite, dataDir: 'unused', migrate: 'auto' })).close();
    return pglite;
  });

const dumpOf = async (name: string, create: () => Promise<PGlite>): Promise<Uint8Array<ArrayBuffer>> => {
  const folder = fileURLToPath(new URL('../../node_modules/.cache/gatehouse', import.meta.url));
  const file = join(folder, `${name}-${fingerprint()}.tar`);
  if (!existsSync(file)) {
    const pglite = await create();
    const dump = await pglite.dumpDataDir('none');
    await pglite.close();
    mkdirSync(folder, { recursive: true });
    // Renamed when it is whole: two workers may make it at once, and none reads half of it.
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, new Uint8Array(await dump.arrayBuffer()));
    renameSync(unfinished, file);
  }
  return new Uint8Array(readFileSync(file));
};

/** Changes with the migrations and with PGlite. */
const fingerprint = (): string => {
  const pgliteFile = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const hash = createHash('sha256').update(readFileSync(join(pgliteFile, '../../package.json')));
  for (const { name, sql } of readMigrations()) hash.update(`\0${name}\0${sql}`);
  return hash.digest('hex');
};
