import { randomUUID } from 'node:crypto';

import pg from 'pg';

import { openStore } from '../../src/store/store.js';
import { PASSWORD, startApp, type TestApp, type TestUser } from '../support/app.js';
import { postgresUrl } from '../support/database.js';
import { LoginDocument } from '../support/generated/operations.js';
import { refusalOf } from '../support/refusals.js';

if (postgresUrl === undefined) {
  it('concerns PostgreSQL alone: the embedded database refuses nobody', () => {
    expect(postgresUrl).toBeUndefined();
  });
} else {
  describe('a database that refuses us', () => {
    const role = `gatehouse_test_${randomUUID().replaceAll('-', '')}`;
    let administrator: pg.Client;
    let one: TestApp;
    let app: TestApp;
    let user: TestUser;
    let name: string;

    beforeAll(async () => {
      administrator = new pg.Client(postgresUrl);
      await administrator.connect();
      one = await startApp();
      user = await one.createUser();
      const url = new URL(one.database.url ?? '');
      name = url.pathname.slice(1);
      await administrator.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
      await one.database.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
      url.username = role;
      url.password = role;
      app = await one.sibling({
        store: await openStore({ databaseUrl: url.href, dataDir: 'unused', migrate: 'off' }),
      });
    });

    afterAll(async () => {
      await app.close();
      await one.database.query(`DROP OWNED BY ${role}`);
      await one.close();
      await administrator.query(`DROP ROLE ${role}`);
      await administrator.end();
    });

    const disconnect = () =>
      administrator.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);

    const login = () => app.send(LoginDocument, { input: { email: user.email, password: PASSWORD } });

    /** What the server's administrator does, and how it is undone. */
    const refusals = [
      {
        name: 'takes no connections (55000)',
        sql: 'ALTER DATABASE :name ALLOW_CONNECTIONS false',
        undo: 'ALTER DATABASE :name ALLOW_CONNECTIONS true',
      },
      {
        name: 'does not let our role connect (42501)',
        sql: 'REVOKE CONNECT ON DATABASE :name FROM PUBLIC',
        undo: 'GRANT CONNECT ON DATABASE :name TO PUBLIC',
      },
      { name: 'does not let our role log in (28000)', sql: 'ALTER ROLE :role NOLOGIN', undo: 'ALTER ROLE :role LOGIN' },
      {
        name: 'has too many connections of our role (53300)',
        sql: 'ALTER ROLE :role CONNECTION LIMIT 0',
        undo: 'ALTER ROLE :role CONNECTION LIMIT -1',
      },
      {
        name: 'is read-only (25006)',
        sql: 'ALTER DATABASE :name SET default_transaction_read_only = on',
        undo: 'ALTER DATABASE :name RESET default_transaction_read_only',
      },
    ];
    const fill = (sql: string) => sql.replaceAll(':name', name).replaceAll(':role', role);

    it.each(refusals)('is SERVICE_UNAVAILABLE when it $name', async ({ sql, undo }) => {
      expect((await login()).status).toBe(200);
      await administrator.query(fill(sql));
      await disconnect();
      const answers = [await login(), await login()];
      await administrator.query(fill(undo));
      await disconnect();
      for (const answer of answers) {
        expect(refusalOf(answer)).toEqual({ status: 503, code: 'SERVICE_UNAVAILABLE', challenge: null });
      }
      await login();
      expect((await login()).status).toBe(200);
    });

    it('is SERVICE_UNAVAILABLE when it denies us a table (42501)', async () => {
      await one.database.query(`REVOKE INSERT ON auth_session FROM ${role}`);
      expect(refusalOf(await login())).toEqual({ status: 503, code: 'SERVICE_UNAVAILABLE', challenge: null });
      await one.database.query(`GRANT INSERT ON auth_session TO ${role}`);
      expect((await login()).status).toBe(200);
    });

    it('is a warning in the log, never an error', () => {
      expect(app.log.filter((line) => /"level":[56]0/.test(line))).toEqual([]);
      expect(app.log.filter((line) => line.includes('"level":40')).length).toBeGreaterThan(refusals.length);
    });
  });
}
