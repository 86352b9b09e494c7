import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

import { createEmptyPostgres, prepareDataDir } from '../test/support/database.js';
import type { Bench, Benchmark } from './bench.js';
import { buildServer, startDeployedServer, createUpgrade, type DeployedServer } from './deployment.js';
import { printRow } from './statistics.js';

const KILLS = 50;
const QUICK_KILLS = 6;
const USERS = 100_000;
const signals = ['SIGKILL', 'SIGTERM', 'SIGINT'] as const;

const population = `
  INSERT INTO "user" (id, email, email_canonical, email_verified_at, origin)
    SELECT gen_random_uuid(), address, address, now(), 'SIGN_UP'
    FROM (SELECT format('user-%s@example.com', n) AS address FROM generate_series(1, ${USERS}) AS n) AS made;
  INSERT INTO auth_user_role (user_id, role) SELECT id, 'USER' FROM "user";`;

/** What an upgrade to a later version has to do. Neither can be applied twice. */
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

/** One database for one kill. */
interface Place {
  readonly env: NodeJS.ProcessEnv;
  readonly remove: () => Promise<void>;
}

type Life = 'first start' | 'upgrade';
type Make = (life: Life) => Promise<Place>;

const postgresPlaces = async (bench: Bench): Promise<Make> => {
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
  const { openStore } = await import('../src/store/store.js');
  await (await openStore({ databaseUrl: template.url, dataDir, migrate: 'auto' })).close();
  await administer(template.url, population);
  const templateName = new URL(template.url).pathname.slice(1);
  return async (life) => {
    const { url, drop } = await createEmptyPostgres(bench.postgresUrl);
    if (life === 'upgrade') {
      const name = new URL(url).pathname.slice(1);
      await administer(bench.postgresUrl, `DROP DATABASE ${name}`);
      await administer(bench.postgresUrl, `CREATE DATABASE ${name} TEMPLATE ${templateName}`);
    }
    return { env: { ...common, DATABASE_URL: url }, remove: drop };
  };
};

const embeddedPlaces = async (bench: Bench): Promise<Make> => {
  const parent = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  bench.onEnd(() => rm(parent, { recursive: true, force: true }));
  const template = join(parent, 'template');
  await prepareDataDir(template);
  const pglite = await PGlite.create(join(template, 'database'));
  await pglite.exec(population);
  await pglite.close();
  let count = 0;
  return async (life) => {
    count += 1;
    const dataDir = join(parent, String(count));
    // It holds no key that shows it to be ours, so it must be closed to others.
    await mkdir(dataDir, { mode: 0o700 });
    if (life === 'upgrade') await cp(join(template, 'database'), join(dataDir, 'database'), { recursive: true });
    const env = { ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64url')}` };
    return { env: { ...env, DATA_DIR: dataDir }, remove: () => rm(dataDir, { recursive: true, force: true }) };
  };
};

const phaseOf = (said: string): string => {
  if (said.includes('Server listening')) return 'listening';
  const begun = said.match(/Applying a migration/g)?.length ?? 0;
  return begun === 0 ? 'before the first migration' : `after migration ${begun} has begun`;
};

/** In development a first start makes an administrator, whose password is in a file. */
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

const work = async (bench: Bench): Promise<void> => {
  const kills = bench.flags.has('--quick') ? QUICK_KILLS : KILLS;
  const parent = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  bench.onEnd(() => rm(parent, { recursive: true, force: true }));
  const builds: Readonly<Record<Life, string>> = {
    'first start': join(parent, 'now'),
    upgrade: join(parent, 'later'),
  };
  await buildServer(builds['first start']);
  await createUpgrade(builds.upgrade, builds['first start'], laterMigrations);

  const attack = async (name: string, make: Make, isReady: RegExp): Promise<void> => {
    const serves = async (life: Life, { env }: Place): Promise<string | undefined> => {
      const server = await startDeployedServer(bench, builds[life], env);
      if (!(await server.waitForOutput(isReady))) return server.output();
      const { status } = await fetch(`${server.url}/readyz`);
      const dataDir = life === 'first start' && env['DATABASE_URL'] === undefined ? env['DATA_DIR'] : undefined;
      const isKnown = dataDir === undefined || (await canAdministratorLogIn(server, dataDir));
      server.kill('SIGTERM');
      await server.ended;
      return status === 200 && isKnown ? undefined : `readyz ${status}, administrator ${isKnown}`;
    };
    const durations: Partial<Record<Life, number>> = {};
    for (const life of ['first start', 'upgrade'] as const) {
      const place = await make(life);
      const startedAt = performance.now();
      const server = await startDeployedServer(bench, builds[life], place.env);
      if (!(await server.waitForOutput(isReady)))
        throw new Error(`A server did not start. It said:\n${server.output()}`);
      durations[life] = performance.now() - startedAt;
      server.kill('SIGTERM');
      await server.ended;
      await place.remove();
    }
    const phases = new Map<string, number>();
    const failures: string[] = [];
    for (let number = 0; number < kills; number += 1) {
      const life = number % 2 === 0 ? 'first start' : 'upgrade';
      const signal = signals[Math.floor(number / 2) % signals.length] ?? 'SIGKILL';
      const place = await make(life);
      const server = await startDeployedServer(bench, builds[life], place.env);
      await Promise.race([delay((0.2 + 0.85 * Math.random()) * (durations[life] ?? 0)), server.ended]);
      const phase = `${life}, ${phaseOf(server.output())}`;
      server.kill(signal);
      const code = await server.ended;
      phases.set(phase, (phases.get(phase) ?? 0) + 1);
      const failure = await serves(life, place);
      if (failure !== undefined) failures.push(`${signal} (exit code ${code}), ${phase}: ${failure}`);
      await place.remove();
      if ((number + 1) % 10 === 0) console.log(`${name}: ${number + 1} kills, ${failures.length} failures`);
    }
    console.log(`${name}: ${kills} kills`);
    for (const [phase, count] of [...phases].sort(([a], [b]) => (a < b ? -1 : 1)))
      printRow(phase, String(count).padStart(4));
    for (const failure of failures) console.log(failure);
    bench.check(`after each kill the next start serves, ${name} (${failures.length} did not)`, failures.length === 0);
  };
  await Promise.all([
    attack('PostgreSQL', await postgresPlaces(bench), /Server listening/),
    attack('embedded', await embeddedPlaces(bench), /is ready at/),
  ]);
};

/** `npm run bench -- setup-kills` */
export const setupKills: Benchmark = { minutes: 60, flags: ['--quick'], work };
