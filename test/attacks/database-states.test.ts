import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { openStore } from '../../src/store/store.js';
import { hasPgBouncer, startPgBouncer } from '../../bench/pgbouncer.js';
import { createEmptyPostgres, postgresUrl } from '../support/database.js';
import { untilMs } from '../support/patience.js';
import { endPrograms, freePort, start } from '../support/program.js';

const TIMEOUT_MS = 300_000;

if (postgresUrl === undefined) {
  it('concerns PostgreSQL only: the embedded database is ours alone', () => {
    expect(postgresUrl).toBeUndefined();
  });
} else {
  const serverUrl = postgresUrl;
  const role = `gatehouse_test_${randomUUID().replaceAll('-', '')}`;
  let releases: (() => unknown)[] = [];
  let url: string;
  let administrator: pg.Client;

  beforeEach(async () => {
    const database = await createEmptyPostgres(serverUrl);
    url = database.url;
    administrator = new pg.Client(url);
    await administrator.connect();
    await administrator.query(`CREATE ROLE ${role} LOGIN`);
    releases = [
      async () => {
        await endPrograms();
        await administrator.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
        await administrator.end();
        await database.drop();
      },
    ];
  });

  afterEach(async () => {
    for (const release of releases.reverse()) await release();
  });

  const open = async (databaseUrl: string, migrate: 'auto' | 'off' = 'auto', directUrl?: string): Promise<void> => {
    await (await openStore({ databaseUrl, directUrl, dataDir: 'unused', migrate })).close();
  };
  const asRole = () => url.replace(/\/\/[^@]*@/, `//${role}@`);
  const tablesIn = async (schema: string) =>
    (
      await administrator.query(
        `SELECT relname FROM pg_class WHERE relnamespace = '${schema}'::regnamespace AND relkind = 'r'`,
      )
    ).rowCount;

  describe('H12: a database that holds the objects of another program', () => {
    it('is accepted when none of them has a name that Gatehouse needs', async () => {
      await administrator.query(`
        CREATE TABLE product (id int PRIMARY KEY); CREATE TYPE colour AS ENUM ('red');
        CREATE VIEW users AS SELECT 1 AS id; CREATE FUNCTION price() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
      await open(url);
      await open(url, 'off');
    });

    it.each([
      ['a table that has one of our names', 'CREATE TABLE "user" (id int)', 'user'],
      ['a table that has one for a time only', 'CREATE TABLE session (id int)', 'session'],
      ['a view', 'CREATE VIEW auth_session AS SELECT 1', 'auth_session'],
      ['an index', 'CREATE TABLE t (id int); CREATE INDEX user_pkey ON t (id)', 'user_pkey'],
      ['a type', `CREATE TYPE auth_user_origin AS ENUM ('a')`, 'auth_user_origin'],
      ['a function', `CREATE FUNCTION auth_fold_name(int) RETURNS int LANGUAGE sql AS 'SELECT 1'`, 'auth_fold_name'],
    ])(
      'is refused before anything is created when it has %s, and is accepted with a schema',
      async (_what, sql, name) => {
        await administrator.query(sql);
        const before = await tablesIn('public');
        await expect(open(url)).rejects.toThrow(
          `The schema already contains ${name}, which Gatehouse did not create but whose names it needs. Give Gatehouse a schema of its own`,
        );
        expect(await tablesIn('public')).toBe(before);
        await open(`${url}?schema=gatehouse`);
        expect(await tablesIn('public')).toBe(before);
      },
    );

    it('is refused when its program uses Prisma in the same schema, and is accepted with a schema', async () => {
      await open(`${url}?schema=shop`);
      await administrator.query(`
        CREATE TABLE public._prisma_migrations (LIKE shop._prisma_migrations INCLUDING DEFAULTS);
        INSERT INTO public._prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('1', '', '20200101000000_shop', now());
        DROP SCHEMA shop CASCADE`);
      const sentence = 'The table _prisma_migrations in this schema belongs to another program that uses Prisma.';
      await expect(open(url)).rejects.toThrow(sentence);
      await expect(open(url, 'off')).rejects.toThrow(sentence);
      await open(`${url}?schema=gatehouse`);
    });

    it('is refused when our tables are in a later schema of the search path', async () => {
      await open(url);
      await administrator.query('CREATE SCHEMA earlier');
      await expect(open(`${url}?options=-c search_path=earlier,public`)).rejects.toThrow(
        'The search path begins with a schema that has no tables of Gatehouse, and continues with one that has them.',
      );
    });
  });

  describe('H12: a database user', () => {
    it('that may not create tables is told so, by the name of the variable', async () => {
      await expect(open(asRole())).rejects.toThrow(
        'The user of DATABASE_URL is not allowed to create tables. Grant it CREATE',
      );
      await expect(open(`${asRole()}?schema=mine`)).rejects.toThrow('is not allowed to create tables');
      await expect(open(url, 'auto', asRole())).rejects.toThrow('The user of DATABASE_DIRECT_URL is not allowed');
    });

    it.each([
      ['INSERT', 'SELECT, UPDATE, DELETE', 'lacks INSERT on tables'],
      ['everything but SELECT', 'SELECT', 'lacks DELETE, INSERT, UPDATE on tables'],
      ['SELECT on the records of migrations', 'INSERT', 'may not read the table _prisma_migrations'],
    ])('that lacks %s is told so at the start', async (_what, granted, sentence) => {
      await open(url);
      await administrator.query(`GRANT ${granted} ON ALL TABLES IN SCHEMA public TO ${role}`);
      await expect(open(asRole(), 'off')).rejects.toThrow(sentence);
    });

    it('that may not use its schema is told so', async () => {
      await open(`${url}?schema=mine`);
      const sentence = 'contains no schema that the database user may use';
      await expect(open(`${asRole()}?schema=mine`)).rejects.toThrow(sentence);
      await expect(open(`${url}?options=-c search_path=none`)).rejects.toThrow(sentence);
    });
  });

  describe('H12: DATABASE_URL and DATABASE_DIRECT_URL', () => {
    it('are refused when they lead to different schemas or databases', async () => {
      await expect(open(`${url}?schema=mine`, 'auto', url)).rejects.toThrow('lead to different schemas');
      await expect(open(url, 'auto', serverUrl)).rejects.toThrow('name different databases');
    });
  });

  it('H12: a database in LATIN1 is refused', async () => {
    const name = `${new URL(url).pathname.slice(1)}_latin1`;
    await administrator.query(
      `CREATE DATABASE ${name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
    );
    releases.push(() => administrator.query(`DROP DATABASE ${name} WITH (FORCE)`));
    await expect(open(url.replace(/[^/]*$/, name))).rejects.toThrow('The database has the encoding LATIN1');
  });

  it('H12: settings of the role do not change the meaning of times and texts', async () => {
    await administrator.query(`
      GRANT CREATE ON SCHEMA public TO ${role}; ALTER ROLE ${role} SET datestyle = 'German, DMY';
      ALTER ROLE ${role} SET standard_conforming_strings = off; ALTER ROLE ${role} SET timezone = 'Asia/Tokyo'`);
    const store = await openStore({ databaseUrl: asRole(), dataDir: 'unused', migrate: 'auto' });
    expect(Math.abs(Date.now() - Number(await store.readTime()))).toBeLessThan(60_000);
    await store.close();
  });

  if (hasPgBouncer()) {
    it('H12: a pooler that does not pass on the schema is refused, and one with the search path of the role is accepted', async () => {
      await administrator.query(`CREATE SCHEMA mine AUTHORIZATION ${role}; ALTER ROLE ${role} SET search_path = mine`);
      const pooled = await startPgBouncer({ onEnd: (release) => releases.push(release) }, asRole());
      await expect(open(`${pooled}?schema=mine`)).rejects.toThrow(
        'leads to a pooler that does not accept `schema` or `options`. Remove them, and set the search path of the role',
      );
      const deaf = await startPgBouncer(
        { onEnd: (release) => releases.push(release) },
        asRole(),
        'ignore_startup_parameters = options',
      );
      await expect(open(`${deaf}?schema=other`)).rejects.toThrow(
        'leads to a pooler that ignores `schema` and `options`',
      );
      await open(pooled);
      expect(await tablesIn('public')).toBe(0);
      expect(await tablesIn('mine')).toBeGreaterThan(10);
    });
  }

  describe('H12: a server', () => {
    let dataDir: string;

    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-states-'));
      releases.unshift(() => rm(dataDir, { recursive: true, force: true }));
    });

    const serve = async (env: NodeJS.ProcessEnv) => {
      const port = await freePort();
      const program = start('main.ts', {
        NODE_ENV: 'test',
        DATA_DIR: dataDir,
        DATABASE_URL: url,
        ENCRYPTION_KEYS: `test:${key}`,
        PORT: port,
        ...env,
      });
      await program.says(/Server listening/);
      const ready = async () => {
        const response = await fetch(`http://127.0.0.1:${port}/readyz`);
        return { code: response.status, body: await response.json() };
      };
      return { program, ready };
    };
    const key = randomBytes(32).toString('base64url');
    const setReadOnly = (value: 'on' | 'off') =>
      administrator.query(
        `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = ${value}`,
      );

    it(
      'on a database that is read-only says so, and is ready when it accepts writes',
      async () => {
        const first = await serve({});
        first.program.kill('SIGTERM');
        await first.program.ended;
        await setReadOnly('on');
        const { program, ready } = await serve({});
        await program.says(/The database of DATABASE_URL is read-only: requests that write fail/);
        expect(await ready()).toEqual({
          code: 503,
          body: { status: 'unavailable', detail: 'The database is read-only.' },
        });
        await administrator.query('SET default_transaction_read_only = off');
        await setReadOnly('off');
        await untilMs(async () => (await ready()).code === 200);
        expect(await ready()).toEqual({ code: 200, body: { status: 'ready' } });
      },
      TIMEOUT_MS,
    );

    it('does not start on a read-only database without its tables', async () => {
      await setReadOnly('on');
      await expect(open(url)).rejects.toThrow('is read-only, so the pending migrations cannot be applied');
    });

    it(
      'whose DATABASE_DIRECT_URL leads nowhere says so, and is ready nevertheless',
      async () => {
        await open(url);
        const direct = `postgresql://u:canary@127.0.0.1:${await freePort()}/d`;
        const { program, ready } = await serve({ DATABASE_DIRECT_URL: direct });
        await program.says(
          /"reason":"DATABASE_DIRECT_URL names a host and a port on which no database accepts connections/,
        );
        expect(await ready()).toEqual({
          code: 200,
          body: {
            status: 'ready',
            detail: 'Notices of revocations do not arrive. The session is read from the database on every request.',
          },
        });
        expect(program.said()).not.toContain('canary');
      },
      TIMEOUT_MS,
    );
  });
}
