import { setTimeout as delay } from 'node:timers/promises';

import { readPostgresSource } from '../../../src/store/database/postgres-source.js';
import { watchEmbedded, watchPostgres, type Readiness } from '../../../src/store/database/readiness.js';
import { createTestDatabase, postgresUrl, type TestDatabase } from '../../support/database.js';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js';

describe('the embedded database', () => {
  it('is ready until it is closed', async () => {
    const readiness = await watchEmbedded();
    expect(readiness.isReady()).toBe(true);
    readiness.close();
    expect(readiness.isReady()).toBe(false);
  });
});

if (postgresUrl !== undefined) {
  describe('PostgreSQL', () => {
    let database: TestDatabase;
    let proxy: TcpProxy;
    let url: string;
    let readiness: Readiness | undefined;

    beforeAll(async () => {
      database = await createTestDatabase();
      const direct = new URL(database.url ?? '');
      proxy = await startTcpProxy({ host: direct.hostname, port: Number(direct.port || 5432) });
      direct.host = `127.0.0.1:${proxy.port}`;
      url = direct.href;
    });

    afterEach(() => readiness?.close());

    afterAll(async () => {
      proxy.close();
      await database.drop();
    });

    const until = async (isReady: boolean) => {
      while (readiness?.isReady() !== isReady) await delay(10);
    };

    it('is ready after the first probe, and not after the watch is closed', async () => {
      readiness = await watchPostgres(readPostgresSource('DATABASE_URL', url), () => undefined);
      expect(readiness.isReady()).toBe(true);
      readiness.close();
      expect(readiness.isReady()).toBe(false);
    });

    it('is not ready while nothing responds; the outage is reported once, and its end is noticed', async () => {
      let outages = 0;
      readiness = await watchPostgres(readPostgresSource('DATABASE_URL', url), () => (outages += 1));
      proxy.blackHole();
      await until(false);
      proxy.restore();
      await until(true);
      expect(outages).toBe(1);
    });

    it('is not ready while it is read-only', async () => {
      const setReadOnly = (value: string) =>
        database.query(
          `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only TO ${value}', current_database()); END $$`,
        );
      await setReadOnly('on');
      let outages = 0;
      readiness = await watchPostgres(readPostgresSource('DATABASE_URL', url), () => (outages += 1));
      expect(readiness.isReady()).toBe(false);
      expect(outages).toBe(0);
      readiness.close();
    });
  });
}
