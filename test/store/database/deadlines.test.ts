import { connectPostgres, type Connection } from '../../../src/store/database/client.js';
import { asJob } from '../../../src/store/database/deadlines.js';
import { translateStoreError, StoreUnavailable } from '../../../src/store/errors.js';
import { createTestDatabase, postgresUrl, type TestDatabase } from '../../support/database.js';

/** Longer than a request waits for a statement. */
const SLEEP_SECONDS = 6;

if (postgresUrl === undefined) {
  it('concerns PostgreSQL alone: the embedded database has no network', () => {
    expect(postgresUrl).toBeUndefined();
  });
} else {
  describe('a statement that takes six seconds', () => {
    let database: TestDatabase;
    let server: Connection;

    beforeAll(async () => {
      database = await createTestDatabase();
      server = connectPostgres(database.url ?? '', { poolSize: 1 });
    });

    afterAll(async () => {
      await server.close();
      await database.drop();
    });

    const sleep = ({ client }: Connection, seconds = SLEEP_SECONDS): Promise<unknown> =>
      client.$queryRaw`SELECT 1 FROM pg_sleep(${seconds})`.catch(translateStoreError);

    it('is ended for a request, and its connection serves the next one', async () => {
      expect(await sleep(server)).toBeInstanceOf(StoreUnavailable);
      expect(await sleep(server, 0)).toHaveLength(1);
    }, 30_000);

    it('is finished for a job, also on the connection that a request had before and after', async () => {
      expect(await sleep(server, 0)).toHaveLength(1);
      expect(await asJob(() => sleep(server))).toHaveLength(1);
      expect(await sleep(server)).toBeInstanceOf(StoreUnavailable);
    }, 30_000);

    it('is finished for a job that waits for the connection of a request', async () => {
      const request = sleep(server, 1);
      expect(await asJob(() => sleep(server))).toHaveLength(1);
      expect(await request).toHaveLength(1);
    }, 30_000);

    it('is finished for a command, alone and in a transaction that lasts longer than one of a server', async () => {
      const command = connectPostgres(database.url ?? '', { poolSize: 2, hasDeadlines: false });
      const inTransaction = command.client.$transaction(
        (tx) => tx.$queryRaw`SELECT 1 FROM pg_sleep(${2 * SLEEP_SECONDS})`,
        command.transactionOptions(),
      );
      expect(await sleep(command)).toHaveLength(1);
      expect(await inTransaction).toHaveLength(1);
      await command.close();
    }, 60_000);
  });
}
