import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

import { createEmptyPostgres, postgresUrl } from '../support/database.js';
import { endPrograms, freePort, start, type Program } from '../support/program.js';

const TIMEOUT_MS = 180_000;
const signals = ['SIGKILL', 'SIGTERM', 'SIGINT'] as const;

let dataDir: string;
const releases: (() => unknown)[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-setup-kills-'));
});

afterEach(async () => {
  await endPrograms();
  for (const release of releases.splice(0)) await release();
  await rm(dataDir, { recursive: true, force: true });
});

const serve = async (env: NodeJS.ProcessEnv): Promise<Program & { url: string }> => {
  const port = await freePort();
  return { ...start('main.ts', { ...env, DATA_DIR: dataDir, PORT: port }), url: `http://127.0.0.1:${port}` };
};

const expectToServe = async (env: NodeJS.ProcessEnv): Promise<void> => {
  const next = await serve(env);
  await next.says(/Server listening/);
  expect((await fetch(`${next.url}/readyz`)).status).toBe(200);
  next.kill('SIGTERM');
  expect((await next.ended).code).toBe(0);
};

/** A signal that may be handled ends the process with 0 when the set-up is complete, and a second one need not be. */
const expectToHaveEnded = async (killed: Program, signal: NodeJS.Signals): Promise<void> => {
  expect((await killed.ended).code).toBe(signal === 'SIGKILL' ? null : 0);
};

if (postgresUrl === undefined) {
  describe('a first start on the embedded database that is told to end as it begins to migrate', () => {
    it.each(signals)(
      'by %s: the next one serves',
      async (signal) => {
        const killed = await serve({});
        await killed.says(/Applying .*migration/);
        killed.kill(signal);
        await expectToHaveEnded(killed, signal);
        await expectToServe({});
      },
      TIMEOUT_MS,
    );
  });
} else {
  const serverUrl = postgresUrl;

  describe('a first start on PostgreSQL that is told to end when the first migration has its record', () => {
    it.each(signals)(
      'by %s: the next one serves',
      async (signal) => {
        const { url, drop } = await createEmptyPostgres(serverUrl);
        releases.push(drop);
        const env = {
          NODE_ENV: 'test',
          DATABASE_URL: url,
          ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64url')}`,
        };
        const watcher = new pg.Client(url);
        await watcher.connect();
        releases.unshift(() => watcher.end());
        const killed = await serve(env);
        const isRecorded = () =>
          watcher.query('SELECT FROM _prisma_migrations').then(
            ({ rowCount }) => rowCount !== 0,
            () => false,
          );
        while (!(await isRecorded())) await delay(2);
        killed.kill(signal);
        await expectToHaveEnded(killed, signal);
        await expectToServe(env);
      },
      TIMEOUT_MS,
    );
  });
}
