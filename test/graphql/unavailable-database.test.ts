import { randomUUID } from 'node:crypto';

import pg from 'pg';

import { generateSigningKey } from '../../src/security/tokens/key-ring.js';
import { openStore } from '../../src/store/store.js';
import { bearer, PASSWORD, startApp, type TestApp, type TestUser } from '../support/app.js';
import { postgresUrl } from '../support/database.js';
import {
  AuthConfigDocument,
  LoginDocument,
  MeDocument,
  RefreshSessionDocument,
} from '../support/generated/operations.js';
import { refusalOf, refusals } from '../support/refusals.js';
import { forge } from '../support/signing.js';

describe('an unavailable database', () => {
  let broken: TestApp;
  let tokens: { accessToken: string; refreshToken: string | null };
  let email: string;
  let firstId: string | null;

  beforeAll(async () => {
    broken = await startApp();
    ({ tokens, email } = await broken.newcomer());
    await broken.gatehouse.store.close();
    const { headers } = await broken.send(LoginDocument, { input: { email, password: PASSWORD } });
    firstId = headers.get('x-request-id');
  });

  afterAll(async () => {
    await broken.close();
  });

  const unavailable = { status: 503, code: 'SERVICE_UNAVAILABLE', challenge: null };

  it('is SERVICE_UNAVAILABLE at login, never wrong credentials', async () => {
    for (const password of [PASSWORD, 'another long password']) {
      const answer = await broken.send(LoginDocument, { input: { email, password } });
      expect(refusalOf(answer)).toEqual(unavailable);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(answer.errors[0]?.extensions).toMatchObject({ retryable: true });
      expect(answer.text).not.toContain('INVALID_CREDENTIALS');
    }
  });

  it('is SERVICE_UNAVAILABLE at refreshSession, never an invalid token', async () => {
    const answer = await broken.send(RefreshSessionDocument, { input: { refreshToken: tokens.refreshToken ?? '' } });
    expect(refusalOf(answer)).toEqual(unavailable);
  });

  it('is SERVICE_UNAVAILABLE for every request with an access token, because the caller cannot be identified', async () => {
    const headers = bearer(tokens.accessToken);
    const answers = [
      await broken.send(MeDocument, {}, headers),
      await broken.send(AuthConfigDocument, {}, headers),
      await broken.send(LoginDocument, { input: { email, password: PASSWORD } }, headers),
    ];
    for (const answer of answers) {
      expect(refusalOf(answer)).toEqual(unavailable);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    }
  });

  it('is SERVICE_UNAVAILABLE for a token whose key could not be read', async () => {
    const token = forge(tokens.accessToken, await generateSigningKey('ES256'), {});
    broken.clock.advance(6);
    expect(refusalOf(await broken.send(MeDocument, {}, bearer(token)))).toEqual(unavailable);
  });

  it('has no status where it is one of several root fields', async () => {
    const login = `login(input: { email: "a@example.com", password: "${PASSWORD}" }) { __typename }`;
    const { status, data, errors } = await broken.post(
      JSON.stringify({ query: `mutation { a: ${login} b: ${login} }` }),
    );
    expect({ status, data, code: errors[0]?.extensions.code }).toEqual({
      status: 200,
      data: null,
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  it('does not affect the rejection of an invalid token, or a field that needs no database', async () => {
    expect(refusalOf(await broken.send(MeDocument, {}, bearer('null')))).toEqual(refusals.tokenInvalid);
    expect(refusalOf(await broken.send(MeDocument, {}))).toEqual(refusals.missing);
    expect((await broken.send(AuthConfigDocument, {})).status).toBe(200);
  });

  it('is visible to a load balancer, and does not restart the process', async () => {
    const healthy = await startApp();
    expect((await fetch(`${broken.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${broken.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${healthy.url}/readyz`)).status).toBe(200);
    await healthy.close();
  });

  it('is logged as a warning with the id of the first request, because it is not a fault of this server', () => {
    const warnings = broken.log.filter((line) => line.includes('"level":40') && line.includes('request failed'));
    expect(JSON.parse(warnings[0] ?? '{}')).toMatchObject({ reqId: firstId, err: { type: 'GatehouseError' } });
    expect(broken.log.filter((line) => /"level":[56]0/.test(line))).toEqual([]);
  });
});

if (postgresUrl === undefined) {
  it('can occur only with PostgreSQL, because the embedded database rejects nobody', () => {
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
    const settings = [
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

    it.each(settings)('is SERVICE_UNAVAILABLE when it $name', async ({ sql, undo }) => {
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
      expect(app.log.some((line) => line.includes('"level":40') && line.includes('request failed'))).toBe(true);
    });
  });
}
