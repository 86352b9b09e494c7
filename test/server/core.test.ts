import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadConfig } from '../../src/config/config.js';
import { generateSecret } from '../../src/config/secret.js';
import { openCore } from '../../src/server/core.js';
import { createLog } from '../../src/server/log.js';
import type { JobRun } from '../../src/server/jobs.js';
import { createMetrics } from '../../src/server/metrics/metrics.js';
import { createTestDatabase, postgresUrl, type TestDatabase } from '../support/database.js';

let dataDir: string;
let database: TestDatabase;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-core-'));
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

const configured = (env: NodeJS.ProcessEnv = {}) =>
  loadConfig({
    NODE_ENV: 'test',
    DATA_DIR: dataDir,
    ARGON2_MEMORY_KIB: '1024',
    ARGON2_PASSES: '1',
    LOG_LEVEL: 'silent',
    ...env,
  });

const open = async (runJobs: boolean) => {
  const runs: JobRun[] = [];
  const metrics = { ...createMetrics(), jobRan: (run: JobRun) => runs.push(run) };
  const options = { store: await database.open(), runJobs, metrics };
  return { core: await openCore(configured(), options), runs };
};

describe('the core', () => {
  it('looks for queued mail as soon as a server has started', async () => {
    const { core, runs } = await open(true);
    await core.close();
    expect(runs).toMatchObject([{ job: 'outbox', done: 0 }]);
  });

  it('runs no jobs for a command', async () => {
    const { core, runs } = await open(false);
    await core.close();
    expect(runs).toEqual([]);
  });

  it('closes what it has opened when it cannot start', async () => {
    await (await open(false)).core.close();
    const store = await database.open();
    const other = configured({ ENCRYPTION_KEYS: `other:${generateSecret()}` });
    await expect(openCore(other, { store, log: createLog(other) })).rejects.toThrow('ENCRYPTION_KEYS lacks a key');
    await expect(store.users.any()).rejects.toThrow('The store is closed.');
  });
});

if (postgresUrl !== undefined) {
  describe('DATABASE_POOL_SIZE', () => {
    it('is the number of connections that an instance opens for its statements, however many run at once', async () => {
      const config = configured({ DATABASE_URL: database.url, DATABASE_POOL_SIZE: '3' });
      const core = await openCore(config, { runJobs: false });
      const connections = async () => {
        const [row] = (await database.query(
          `SELECT count(*)::int AS count FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND query NOT ILIKE 'LISTEN%'`,
        )) as { count: number }[];
        return row?.count;
      };
      await Promise.all(Array.from({ length: 30 }, () => core.store.users.any()));
      expect(await connections()).toBe(3);
      await core.close();
    });
  });
}
