import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { loadConfig } from '../../src/config/config.js';
import { catalogLines, catalogQuery, type CatalogObject } from '../../src/store/database/catalog.js';
import { connectPostgres } from '../../src/store/database/client.js';
import { openStore } from '../../src/store/store.js';
import { bearer, PASSWORD, runApp, unlimited, type TestApp } from '../support/app.js';
import { createEmptyPostgres, postgresUrl } from '../support/database.js';
import {
  LoginDocument,
  LogoutDocument,
  MeDocument,
  RefreshSessionDocument,
  VerifyEmailDocument,
} from '../support/generated/operations.js';
import { untilMs } from '../support/patience.js';
import { endPrograms, start } from '../support/program.js';

const TIMEOUT_MS = 300_000;

if (postgresUrl === undefined) {
  it('concerns PostgreSQL only: the embedded database has one schema', () => {
    expect(postgresUrl).toBeUndefined();
  });
} else {
  const serverUrl = postgresUrl;
  const suffix = randomUUID().replaceAll('-', '');
  const role = `gatehouse_test_${suffix}`;
  const releases: (() => unknown)[] = [];
  let administrator: pg.Client;
  let url: string;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-schemas-'));
    const database = await createEmptyPostgres(serverUrl);
    url = database.url;
    administrator = new pg.Client(url);
    await administrator.connect();
    // Two schemas exist, and one is created by the first start.
    await administrator.query(`
      CREATE SCHEMA "in options"; CREATE SCHEMA of_the_role;
      CREATE ROLE ${role} LOGIN; ALTER ROLE ${role} SET search_path = of_the_role, public;
      GRANT ALL ON SCHEMA of_the_role TO ${role}`);
    releases.push(async () => {
      await administrator.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      await administrator.end();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    });
  });

  afterAll(async () => {
    await endPrograms();
    for (const release of releases.reverse()) await release();
  });

  const urlOf = (parameters: string): string => `${url}?${parameters}`;
  const environment = (databaseUrl: string) => ({
    NODE_ENV: 'test',
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    ARGON2_MEMORY_KIB: '1024',
    ARGON2_PASSES: '1',
    // The emails of all deployments are in one folder, and each deployment reads those to its own addresses.
    MAIL_URL: 'file:',
    ENCRYPTION_KEYS: `test:${key}`,
    ...unlimited,
  });
  const key = randomBytes(32).toString('base64url');

  const startOn = async (databaseUrl: string): Promise<TestApp> => {
    const open = () => openStore({ databaseUrl, dataDir: 'unused', migrate: 'auto' });
    const database = {
      open,
      connect: () => Promise.resolve(connectPostgres(databaseUrl, {})),
      query: () => Promise.reject(new Error('not used')),
      url: databaseUrl,
      drop: () => Promise.resolve(),
    };
    const app = await runApp({ ...loadConfig(environment(databaseUrl)), port: 0 }, database, {});
    releases.push(() => app.close());
    return app;
  };

  const accepts = async (app: TestApp, accessToken: string) =>
    (await app.send(MeDocument, {}, bearer(accessToken))).status === 200;

  const untilCached = (app: TestApp, accessToken: string) =>
    untilMs(async () => {
      await accepts(app, accessToken);
      const before = app.gatehouse.auth.principalReads();
      await accepts(app, accessToken);
      return app.gatehouse.auth.principalReads() === before;
    });

  const catalogOf = async (schema: string): Promise<Set<string>> => {
    const client = new pg.Client({ connectionString: url, options: `-c search_path=${schema.replaceAll(' ', '\\ ')}` });
    await client.connect();
    const { rows } = await client.query<CatalogObject>(catalogQuery);
    await client.end();
    return catalogLines(rows, schema);
  };

  const deployments = [
    { way: 'schema', schema: '"Named"', databaseUrl: () => urlOf('schema=Named') },
    { way: 'options', schema: '"in options"', databaseUrl: () => urlOf('options=-c search_path="in\\ options"') },
    {
      way: 'the search path of the role',
      schema: 'of_the_role',
      databaseUrl: () => url.replace(/\/\/[^@]*@/, `//${role}@`),
    },
  ];

  describe.each(deployments)('H12: a schema that is given by $way', ({ way, schema, databaseUrl }) => {
    let one: TestApp;
    let two: TestApp;
    const address = (name: string) => `${name}-${way.replaceAll(' ', '-')}@example.com`;

    beforeAll(async () => {
      one = await startOn(databaseUrl());
      two = await startOn(databaseUrl());
    }, TIMEOUT_MS);

    it('contains all tables, functions and triggers, and leaves none in public', async () => {
      const found = await catalogOf(schema);
      const inPublic = await catalogOf('public');
      expect(inPublic.size).toBe(0);
      expect(found.size).toBeGreaterThan(100);
      expect([...found].filter((line) => /public\.|of_the_role|Named|in options/.test(line))).toEqual([]);
      // A start with MIGRATE=off fails if a migration is pending.
      await (await openStore({ databaseUrl: databaseUrl(), dataDir: 'unused', migrate: 'off' })).close();
    });

    it(
      'serves a sign-up, a login and a refresh',
      async () => {
        const receipt = await one.signUp(address('new'));
        const { text = '' } = await one.mailbox.waitForLink(address('new'));
        const [, token = ''] = /[?&]token=([\w.-]+)/.exec(text) ?? [];
        const verified = await two.send(VerifyEmailDocument, { input: { token, receipt } });
        expect(verified.data?.verifyEmail.__typename).toBe('VerifyEmailSuccess');
        const { refreshToken } = await two.login({ email: address('new'), password: PASSWORD });
        const refreshed = await one.send(RefreshSessionDocument, { input: { refreshToken: refreshToken ?? '' } });
        expect(refreshed.data?.refreshSession.__typename).toBe('RefreshSessionSuccess');
      },
      TIMEOUT_MS,
    );

    it(
      'tells another instance of a revocation, also of one by hand with another search path',
      async () => {
        const { tokens } = await one.newcomer();
        const { tokens: others } = await one.newcomer();
        await untilCached(two, tokens.accessToken);
        await untilCached(two, others.accessToken);
        await one.send(LogoutDocument, {}, bearer(tokens.accessToken));
        await untilMs(async () => !(await accepts(two, tokens.accessToken)));
        await administrator.query(`UPDATE ${schema}.auth_session SET revoked_at = now() WHERE id = $1`, [
          others.session.id,
        ]);
        await untilMs(async () => !(await accepts(two, others.accessToken)));
      },
      TIMEOUT_MS,
    );

    it(
      'is that of commands',
      async () => {
        const line = JSON.stringify({ email: address('imported'), emailVerified: true });
        const imported = await start('cli.ts', environment(databaseUrl()), ['user', 'import', '-'], `${line}\n`).ended;
        expect(imported).toEqual({ code: 0, stdout: 'imported 1, already present 0, rejected 0\n', stderr: '' });
        const { rows } = await administrator.query(
          `SELECT count(*)::int AS count FROM ${schema}."user" WHERE email = $1`,
          [address('imported')],
        );
        expect(rows).toEqual([{ count: 1 }]);
      },
      TIMEOUT_MS,
    );
  });

  describe('H12: two deployments in two schemas of one database', () => {
    let one: TestApp;
    let other: TestApp;

    beforeAll(async () => {
      one = await startOn(urlOf('schema=one'));
      other = await startOn(urlOf('schema=other'));
    }, TIMEOUT_MS);

    it('do not know each other’s users', async () => {
      const user = await one.createUser();
      const answer = await other.send(LoginDocument, { input: { email: user.email, password: PASSWORD } });
      expect(answer.data?.login.__typename).toBe('InvalidCredentialsError');
    });

    it(
      'do not receive each other’s notices, also not those that concern all users',
      async () => {
        const { tokens } = await other.newcomer();
        const mine = await one.newcomer();
        await untilCached(other, tokens.accessToken);
        const before = other.gatehouse.auth.principalReads();
        await untilCached(one, mine.tokens.accessToken);
        await administrator.query('TRUNCATE one.auth_session CASCADE');
        await untilMs(async () => !(await accepts(one, mine.tokens.accessToken)));
        expect(await accepts(other, tokens.accessToken)).toBe(true);
        expect(other.gatehouse.auth.principalReads()).toBe(before);
      },
      TIMEOUT_MS,
    );

    it('do not wait for each other’s jobs, sign-ups and migrations', async () => {
      const [here, there] = [one.gatehouse.store, other.gatehouse.store];
      await here.transaction(async (mine) => {
        expect(await mine.jobLocks.tryLock('a-job')).toBe(true);
        await mine.signUps.lockAddress('ada@example.com');
        await mine.signingKeys.lockCreation();
        await there.transaction(async (theirs) => {
          expect(await theirs.jobLocks.tryLock('a-job')).toBe(true);
          await theirs.signUps.lockAddress('ada@example.com');
          await theirs.signingKeys.lockCreation();
        });
      });
      const migrating = connectPostgres(urlOf('schema=one'), {});
      const waits: string[] = [];
      await migrating.exclusively(async () => {
        const beside = connectPostgres(urlOf('schema=other'), {});
        await beside.exclusively(
          () => Promise.resolve(),
          () => waits.push('waited'),
        );
        await beside.close();
      }, fail);
      await migrating.close();
      expect(waits).toEqual([]);
    });
  });

  const fail = (): never => {
    throw new Error('nobody else holds the lock');
  };
}
