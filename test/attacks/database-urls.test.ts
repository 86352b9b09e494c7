import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { openStore } from '../../src/store/store.js';
import { selfSigned } from '../support/certificate.js';
import { canStartCluster, startPostgresCluster, type PostgresCluster } from '../support/postgres-cluster.js';
import { endPrograms, freePort, start } from '../support/program.js';

const TIMEOUT_MS = 300_000;
const PASSWORD = '#/?@canary';
const CANARY = 'canary';

if (!canStartCluster) {
  it('is skipped: it starts a PostgreSQL server from /usr/lib/postgresql', () => {
    console.warn('The URLs of databases are not tested.');
  });
} else {
  let cluster: PostgresCluster;
  let folder: string;
  let port: string;
  let administrator: pg.Client;
  const trusted = () => `sslrootcert=${join(folder, 'localhost.pem')}`;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-urls-'));
    const { certificate, key } = selfSigned('localhost');
    writeFileSync(join(folder, 'localhost.pem'), certificate);
    writeFileSync(join(folder, 'other.pem'), selfSigned('localhost').certificate);
    writeFileSync(join(folder, 'text.pem'), 'not a certificate');
    cluster = await startPostgresCluster({
      tls: { certificate, key },
      hba: [
        'local all all trust',
        'host all ada 127.0.0.1/32 scram-sha-256',
        'hostssl all encrypted 127.0.0.1/32 trust',
        'host all encrypted 127.0.0.1/32 reject',
        'host all all 127.0.0.1/32 trust',
      ],
    });
    ({ port } = new URL(cluster.url));
    administrator = new pg.Client(cluster.url);
    await administrator.connect();
    await administrator.query(`CREATE ROLE ada LOGIN PASSWORD '${PASSWORD}'; CREATE ROLE encrypted LOGIN`);
    await administrator.query('GRANT CREATE ON DATABASE postgres TO ada, encrypted');
    await administrator.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
  }, TIMEOUT_MS);

  afterAll(async () => {
    await endPrograms();
    await administrator.end();
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  const open = (databaseUrl: string, directUrl?: string) =>
    openStore({ databaseUrl, directUrl, dataDir: 'unused', migrate: 'auto', hasDeadlines: false });

  const refusal = async (databaseUrl: string, directUrl?: string): Promise<string> => {
    try {
      await (await open(databaseUrl, directUrl)).close();
    } catch (error) {
      if (error instanceof Error && /^Store(Unavailable|Unusable)$/.test(error.name)) return error.message;
      throw error;
    }
    throw new Error('The database was opened.');
  };

  /** Opens each kind of connection, and returns whether each is encrypted. */
  const encryptionOf = async (databaseUrl: string): Promise<boolean[]> => {
    const store = await open(databaseUrl);
    await store.users.any();
    const readiness = await store.watch();
    expect(readiness.isReady()).toBe(true);
    const subscription = await store.principalNotices.subscribe({ onNotice: () => undefined, onLost: () => undefined });
    const { rows } = await administrator.query<{ ssl: boolean }>(
      `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'gatehouse' ORDER BY pid`,
    );
    subscription.end();
    await store.close();
    await administrator.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gatehouse'`,
    );
    return rows.map(({ ssl }) => ssl);
  };

  describe('H12: a URL means the same to every connection', () => {
    it.each([
      ['a Unix socket', () => `postgresql://postgres@/postgres?host=${cluster.socketFolder}&port=${port}`],
      [
        'a Unix socket as an encoded host',
        () => `postgresql://postgres@${encodeURIComponent(cluster.socketFolder)}:${port}/postgres`,
      ],
      [
        'a raw password with special characters',
        () => `postgresql://ada:${PASSWORD}@127.0.0.1:${port}/postgres?schema=ada`,
      ],
      [
        'an encoded password',
        () => `postgresql://ada:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres?schema=ada`,
      ],
      ['sslmode=disable', () => `postgresql://postgres@localhost:${port}/postgres?sslmode=disable`],
    ])('when it has %s', async (_what, url) => {
      expect(await encryptionOf(url())).toEqual([false, false, false]);
    });

    it.each([
      ['prefer, where TLS is offered', () => 'sslmode=prefer'],
      ['require, which verifies nothing', () => 'sslmode=require'],
      ['require with the authority', () => `sslmode=require&${trusted()}`],
      ['verify-ca', () => `sslmode=verify-ca&${trusted()}`],
      ['verify-full', () => `sslmode=verify-full&${trusted()}`],
    ])('when it has sslmode=%s', async (_what, parameters) => {
      const url = `postgresql://encrypted@localhost:${port}/postgres?schema=encrypted&${parameters()}`;
      expect(await encryptionOf(url)).toEqual([true, true, true]);
    });

    it('when the certificate is for another host and sslmode=verify-ca does not ask for it', async () => {
      const url = `postgresql://encrypted@127.0.0.1:${port}/postgres?schema=encrypted&sslmode=verify-ca&${trusted()}`;
      expect(await encryptionOf(url)).toEqual([true, true, true]);
    });

    it(
      'when it has sslmode=prefer and the server does not offer TLS',
      async () => {
        const plain = await startPostgresCluster();
        const store = await open(`${plain.url}?sslmode=prefer`);
        await store.users.any();
        expect((await store.watch()).isReady()).toBe(true);
        await store.close();
        expect(await refusal(`${plain.url}?sslmode=require`)).toBe(
          'DATABASE_URL has an `sslmode` that requires TLS, which the server does not offer.',
        );
        await plain.close();
      },
      TIMEOUT_MS,
    );

    it('when the environment has settings of libpq, which do not count', async () => {
      const settings = {
        PGOPTIONS: '-c search_path=elsewhere',
        PGSSLMODE: 'require',
        PGPASSWORD: PASSWORD,
        PGHOST: 'none',
      };
      Object.assign(process.env, settings);
      const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
      const encryption = await encryptionOf(url).finally(() => {
        for (const name of Object.keys(settings)) Reflect.deleteProperty(process.env, name);
      });
      expect(encryption).toEqual([false, false, false]);
    });
  });

  describe('H12: a database that cannot be used', () => {
    const at = (rest: string) => `postgresql://${CANARY}:${CANARY}@${rest}`;

    it.each<[string, () => string | Promise<string>, RegExp]>([
      [
        'has a host that does not exist',
        () => at(`${CANARY}.invalid/d`),
        /names a host that (does not exist|cannot be resolved)/,
      ],
      [
        'refuses connections',
        async () => at(`127.0.0.1:${await freePort()}/${CANARY}`),
        /on which no database accepts connections/,
      ],
      [
        'has no socket',
        () => `postgresql://${CANARY}@/d?host=/tmp/${CANARY}`,
        /names a Unix socket that does not exist/,
      ],
      [
        'does not know the password',
        () => `postgresql://ada:${CANARY}@127.0.0.1:${port}/d`,
        /a user or a password that the database refuses/,
      ],
      [
        'needs a password that the URL lacks',
        () => `postgresql://ada@127.0.0.1:${port}/d`,
        /no password that the database accepts/,
      ],
      [
        'does not exist',
        () => `postgresql://postgres@127.0.0.1:${port}/${CANARY}`,
        /names a database that does not exist/,
      ],
      ['does not know the user', () => `postgresql://${CANARY}@127.0.0.1:${port}/postgres`, /refuses/],
      ['requires TLS', () => `postgresql://encrypted@127.0.0.1:${port}/postgres`, /refuses this user: .* without TLS/],
      [
        'has a certificate of an unknown authority',
        () => `postgresql://postgres@localhost:${port}/d?sslmode=verify-full`,
        /certificate is not trusted/,
      ],
      [
        'has a certificate of another authority',
        () => `postgresql://postgres@localhost:${port}/d?sslmode=verify-ca&sslrootcert=${folder}/other.pem`,
        /certificate is not trusted/,
      ],
      [
        'has a certificate for another host',
        () => `postgresql://postgres@127.0.0.1:${port}/d?sslmode=verify-full&${trusted()}`,
        /certificate is for another host/,
      ],
      [
        'sets something unknown in options',
        () => `${cluster.url}?options=-c ${CANARY}=1`,
        /a setting or a role in `options` that the database does not have/,
      ],
      [
        'has a role in options that does not exist',
        () => `${cluster.url}?options=-c role=${CANARY}`,
        /a value in `options` that the database does not accept/,
      ],
      [
        'has a setting in options that only the start of the database makes',
        () => `${cluster.url}?options=-c data_directory=/${CANARY}`,
        /cannot be made for a connection/,
      ],
      [
        'has a certificate that cannot be read',
        () => `postgresql://postgres@localhost/d?sslmode=verify-full&sslrootcert=/${CANARY}`,
        /names a file in `sslrootcert` that cannot be read/,
      ],
      [
        'has a certificate that is a text',
        () => `postgresql://postgres@localhost/d?sslmode=verify-full&sslrootcert=${folder}/text.pem`,
        /not a certificate/,
      ],
    ])('is refused with a sentence without values when it %s', async (_what, url, sentence) => {
      const text = await url();
      const [own, direct] = [await refusal(text), await refusal(cluster.url, text).catch(() => 'opened')];
      expect(own).toMatch(sentence);
      expect(own).toMatch(/^DATABASE_URL /);
      expect(own).not.toContain(CANARY);
      expect(direct).not.toContain(CANARY);
    });

    describe('and accepts connections without responding', () => {
      let mute: Server;
      let url: string;

      beforeAll(async () => {
        mute = createServer().listen(0, '127.0.0.1');
        await once(mute, 'listening');
        url = at(`127.0.0.1:${(mute.address() as AddressInfo).port}/d`);
      });

      afterAll(() => {
        mute.close();
      });

      it.each<[string, 'main.ts' | 'cli.ts', string[]]>([
        ['a start', 'main.ts', []],
        ['a command', 'cli.ts', ['user', 'list']],
        ['the command migrate', 'cli.ts', ['migrate']],
      ])(
        'ends %s with a sentence',
        async (_what, file, args) => {
          const env = { NODE_ENV: 'test', DATA_DIR: join(folder, 'data'), DATABASE_URL: url };
          const { code, stdout, stderr } = await start(file, env, args).ended;
          expect({ code, stderr }).toEqual({
            code: 1,
            stderr: 'DATABASE_URL names a host and a port that do not respond in time.\n',
          });
          expect(stdout).not.toContain(CANARY);
        },
        TIMEOUT_MS,
      );

      it('is named by its variable when it is needed for a migration', async () => {
        await administrator.query('CREATE DATABASE fresh');
        const message = await refusal(cluster.url.replace(/postgres$/, 'fresh'), url);
        expect(message).toBe('DATABASE_DIRECT_URL names a host and a port that do not respond in time.');
      });
    });
  });
}
