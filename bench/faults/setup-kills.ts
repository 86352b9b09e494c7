import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

import { createEmptyPostgres, prepareDataDir } from '../../test/support/database.js';
import { startPostgresCluster } from '../../test/support/postgres-cluster.js';
import type { Bench } from '../bench.js';
import { buildServer, startDeployedServer, createUpgrade, type DeployedServer } from './deployment.js';
import type { Fault, FaultRun } from './fault.js';
import { printRow } from '../statistics.js';

const KILLS = 50;
const USERS = 100_000;
const signals = ['SIGKILL', 'SIGTERM', 'SIGINT'] as const;

const population = `
  INSERT INTO "user" (id, email, email_canonical, email_verified_at, origin)
    SELECT gen_random_uuid(), address, address, now(), 'SIGN_UP'
    FROM (SELECT format('user-%s@example.com', n) AS address FROM generate_series(1, ${USERS}) AS n) AS made;
  INSERT INTO auth_user_role (user_id, role) SELECT id, 'USER' FROM "user";`;

/** The migrations of a later version, neither of which can be applied twice. */
const laterMigrations = {
  '29990101000000_reversed': `
    ALTER TABLE "user" ADD COLUMN reversed text;
    UPDATE "user" SET reversed = reverse(email_canonical);
    ALTER TABLE "user" ALTER COLUMN reversed SET NOT NULL;
    CREATE UNIQUE INDEX user_reversed_key ON "user" (reversed);`,
  '29990102000000_counted': `
    CREATE TABLE counted (role text NOT NULL, users integer NOT NULL);
    INSERT INTO counted SELECT role, count(*) FROM auth_user_role GROUP BY role;
    CREATE INDEX user_role_granted_at_idx ON auth_user_role (granted_at);`,
};

/** A database for one kill. */
interface DatabaseUnderTest {
  readonly env: NodeJS.ProcessEnv;
  readonly remove: () => Promise<void>;
}

type Scenario = 'first start' | 'upgrade';
type CreateDatabase = (scenario: Scenario) => Promise<DatabaseUnderTest>;

const preparePostgres = async (bench: Bench): Promise<CreateDatabase> => {
  const administer = async (url: string, sql: string) => {
    const client = new pg.Client(url);
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  bench.onEnd(() => rm(dataDir, { recursive: true, force: true }));
  const common = {
    NODE_ENV: 'test',
    DATA_DIR: dataDir,
    ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64url')}`,
  };
  const template = await createEmptyPostgres(bench.postgresUrl);
  bench.onEnd(template.drop);
  const { openStore } = await import('../../src/store/store.js');
  await (await openStore({ databaseUrl: template.url, dataDir, migrate: 'auto' })).close();
  await administer(template.url, population);
  const templateName = new URL(template.url).pathname.slice(1);
  return async (scenario) => {
    const { url, drop } = await createEmptyPostgres(bench.postgresUrl);
    if (scenario === 'upgrade') {
      const name = new URL(url).pathname.slice(1);
      await administer(bench.postgresUrl, `DROP DATABASE ${name}`);
      await administer(bench.postgresUrl, `CREATE DATABASE ${name} TEMPLATE ${templateName}`);
    }
    return { env: { ...common, DATABASE_URL: url }, remove: drop };
  };
};

const prepareEmbedded = async (bench: Bench): Promise<CreateDatabase> => {
  const parent = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  bench.onEnd(() => rm(parent, { recursive: true, force: true }));
  const template = join(parent, 'template');
  await prepareDataDir(template);
  const pglite = await PGlite.create(join(template, 'database'));
  await pglite.exec(population);
  await pglite.close();
  let count = 0;
  return async (scenario) => {
    count += 1;
    const dataDir = join(parent, String(count));
    // The server only accepts a new folder that other users cannot read.
    await mkdir(dataDir, { mode: 0o700 });
    if (scenario === 'upgrade') await cp(join(template, 'database'), join(dataDir, 'database'), { recursive: true });
    const env = { ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64url')}` };
    return { env: { ...env, DATA_DIR: dataDir }, remove: () => rm(dataDir, { recursive: true, force: true }) };
  };
};

const phaseOf = (output: string): string => {
  if (output.includes('Server listening')) return 'listening';
  const begun = output.match(/Applying a migration/g)?.length ?? 0;
  return begun === 0 ? 'before the first migration' : `during or after migration ${begun}`;
};

/** In development, the first start creates an administrator and writes the password to a file. */
const canAdministratorLogIn = async ({ url }: DeployedServer, dataDir: string): Promise<boolean> => {
  const password = (await readFile(join(dataDir, 'admin-password'), 'utf8')).trim();
  const query = `mutation { login(input: {email: "admin@example.com", password: "${password}"}) { __typename } }`;
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return (await response.text()).includes('LoginSuccess');
};

const work = async (run: FaultRun): Promise<void> => {
  const kills = run.times(KILLS);
  const cluster = await startPostgresCluster();
  run.onEnd(() => cluster.close());
  const parent = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  run.onEnd(() => rm(parent, { recursive: true, force: true }));
  const builds: Readonly<Record<Scenario, string>> = {
    'first start': join(parent, 'now'),
    upgrade: join(parent, 'later'),
  };
  await buildServer(builds['first start']);
  await createUpgrade(builds.upgrade, builds['first start'], laterMigrations);

  const killRepeatedly = async (name: string, create: CreateDatabase, isReady: RegExp): Promise<void> => {
    const findFailure = async (scenario: Scenario, { env }: DatabaseUnderTest): Promise<string | undefined> => {
      const server = await startDeployedServer(run, builds[scenario], env);
      if (!(await server.waitForOutput(isReady))) return server.output();
      const { status } = await fetch(`${server.url}/readyz`);
      const dataDir = scenario === 'first start' && env['DATABASE_URL'] === undefined ? env['DATA_DIR'] : undefined;
      const canLogIn = dataDir === undefined || (await canAdministratorLogIn(server, dataDir));
      server.kill('SIGTERM');
      await server.ended;
      return status === 200 && canLogIn ? undefined : `readyz ${status}, administrator ${canLogIn}`;
    };
    const durations: Partial<Record<Scenario, number>> = {};
    for (const scenario of ['first start', 'upgrade'] as const) {
      const database = await create(scenario);
      const startedAt = performance.now();
      const server = await startDeployedServer(run, builds[scenario], database.env);
      if (!(await server.waitForOutput(isReady)))
        throw new Error(`A server did not start. Its output:\n${server.output()}`);
      durations[scenario] = performance.now() - startedAt;
      server.kill('SIGTERM');
      await server.ended;
      await database.remove();
    }
    const phases = new Map<string, number>();
    const failures: string[] = [];
    for (let number = 0; number < kills; number += 1) {
      const scenario = number % 2 === 0 ? 'first start' : 'upgrade';
      const signal = signals[Math.floor(number / 2) % signals.length] ?? 'SIGKILL';
      const database = await create(scenario);
      const server = await startDeployedServer(run, builds[scenario], database.env);
      await Promise.race([delay((0.2 + 0.85 * Math.random()) * (durations[scenario] ?? 0)), server.ended]);
      const phase = `${scenario}, ${phaseOf(server.output())}`;
      server.kill(signal);
      const code = await server.ended;
      phases.set(phase, (phases.get(phase) ?? 0) + 1);
      const failure = await findFailure(scenario, database);
      if (failure !== undefined) failures.push(`${signal} (exit code ${code}), ${phase}: ${failure}`);
      await database.remove();
      if ((number + 1) % 10 === 0) console.log(`${name}: ${number + 1} kills, ${failures.length} failures`);
    }
    console.log(`${name}: ${kills} kills`);
    for (const [phase, count] of [...phases].sort(([a], [b]) => (a < b ? -1 : 1)))
      printRow(phase, String(count).padStart(4));
    for (const failure of failures) console.log(failure);
    run.check(`${name}: the start after each kill succeeds (${failures.length} did not)`, failures.length === 0);
  };
  await Promise.all([
    killRepeatedly('PostgreSQL', await preparePostgres({ ...run, postgresUrl: cluster.url }), /Server listening/),
    killRepeatedly('embedded', await prepareEmbedded(run), /is ready at/),
  ]);
};

/** `npm run faults -- --only setup-kills` */
export const setupKills: Fault = {
  summary: 'the server is stopped by a signal during its first start and during an upgrade, 50 times on each database',
  minutes: 60,
  work,
};
