import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { PoolClient } from 'pg';

import { CONNECT_MS } from '../../../src/store/database/deadlines.js';
import { Pool } from '../../../src/store/database/pool.js';
import { readPostgresSource } from '../../../src/store/database/postgres-source.js';
import { asKind } from '../../../src/store/database/work-kind.js';
import { StoreUnavailable } from '../../../src/store/errors.js';
import { openStore } from '../../../src/store/store.js';
import { createTestDatabase, postgresUrl, type TestDatabase } from '../../support/database.js';
import { newUser } from '../../support/new-user.js';

if (postgresUrl === undefined) {
  it('concerns PostgreSQL only', () => {
    expect(postgresUrl).toBeUndefined();
  });
} else {
  describe('the pool', () => {
    let database: TestDatabase;

    beforeAll(async () => {
      database = await createTestDatabase();
    });

    afterAll(() => database.drop());

    it('destroys idle connections, and opens new ones for the next statement', async () => {
      const pool = new Pool({ source: readPostgresSource('DATABASE_URL', database.url ?? ''), max: 1, limit: () => 0 });
      const pidOf = async () => (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
      const before = await pidOf();
      expect(await pidOf()).toBe(before);
      pool.destroyIdle();
      while (pool.totalCount > 0) await delay(1);
      expect(await pidOf()).not.toBe(before);
      expect(pool.isPooled).toBe(false);
      await pool.end();
    });

    it('tells how many connections are idle and in use, and how long each statement has waited for one', async () => {
      const waits: number[] = [];
      const source = readPostgresSource('DATABASE_URL', database.url ?? '');
      const pool = new Pool({ source, max: 1, limit: () => 0, onWait: (seconds) => waits.push(seconds) });
      const client = await (pool.connect() as Promise<PoolClient>);
      const waiting = pool.query('SELECT 1');
      expect(pool.state()).toEqual({ idle: 0, inUse: 1, waiting: 1 });
      expect(waits).toHaveLength(1);
      client.release();
      await waiting;
      expect(pool.state()).toEqual({ idle: 1, inUse: 0, waiting: 0 });
      expect(waits).toHaveLength(2);
      expect(Math.min(...waits)).toBeGreaterThan(0);
      await pool.end();
    });

    it('counts those that wait for the share of their kind, for whom a connection may be idle', async () => {
      const source = readPostgresSource('DATABASE_URL', database.url ?? '');
      const pool = new Pool({ source, max: 2, limit: () => 0 });
      await asKind({}, async () => {
        const client = await (pool.connect() as Promise<PoolClient>);
        const waiting = pool.query('SELECT 1');
        expect(pool.state()).toEqual({ idle: 0, inUse: 1, waiting: 1 });
        client.release();
        await waiting;
      });
      expect(pool.state().waiting).toBe(0);
      await pool.end();
    });

    it('has a question wait for its turn while all connections are at work', async () => {
      const narrow = await openStore({ databaseUrl: database.url, dataDir: 'unused', migrate: 'off', poolSize: 1 });
      const long = narrow.transaction(() => delay(CONNECT_MS + 500));
      await narrow.users.any();
      await long;
      await narrow.close();
    });

    it('gives up on a server that accepts a connection and does not respond, long before a statement times out in the queue', async () => {
      const mute = createServer().listen(0, '127.0.0.1');
      await once(mute, 'listening');
      const { port } = mute.address() as AddressInfo;
      const startedAt = performance.now();
      const away = openStore({
        databaseUrl: `postgresql://nobody@127.0.0.1:${port}/none`,
        dataDir: '',
        migrate: 'auto',
      });
      await expect(away).rejects.toThrow(StoreUnavailable);
      expect(performance.now() - startedAt).toBeLessThan(2 * CONNECT_MS);
      mute.close();
    });

    it('reads and writes times in UTC, whatever the time zone of the database', async () => {
      await database.query(
        `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone TO ''Asia/Tokyo''', current_database()); END $$`,
      );
      const elsewhere = await database.open();
      const { id } = await elsewhere.users.create({ ...newUser(13), isVerified: true });
      const user = await elsewhere.users.find(id);
      await elsewhere.close();
      const [row] = await database.query(
        `SELECT abs(extract(epoch FROM now() - created_at)) < 60 AS near FROM "user" WHERE id = $1`,
        [id],
      );
      expect(row).toEqual({ near: true });
      expect(Math.abs(Date.now() - Number(user?.createdAt))).toBeLessThan(60_000);
      expect(Math.abs(Date.now() - Number(user?.emailVerifiedAt))).toBeLessThan(60_000);
    });
  });
}
