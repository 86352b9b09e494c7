import { connectPostgres, type Connection } from '../../../src/store/database/client.js';
import { asJob } from '../../../src/store/database/deadlines.js';
import { StoreUnusable } from '../../../src/store/errors.js';
import { createTestDatabase, postgresUrl, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let connection: Connection;

beforeAll(async () => {
  database = await createTestDatabase();
  connection = await database.connect();
});

afterAll(async () => {
  await connection.close();
  await database.drop();
});

describe('a connection', () => {
  it('reads and writes times in UTC', async () => {
    const zones = await connection.client.$queryRaw`SELECT current_setting('TimeZone') AS zone`;
    expect(zones).toEqual([{ zone: 'UTC' }]);
    expect(connection.isPooled()).toBe(false);
  });

  it('gives a transaction 10 seconds, and 30 in a job', () => {
    expect(connection.transactionOptions().timeout).toBe(10_000);
    expect(asJob(() => connection.transactionOptions().timeout)).toBe(30_000);
  });

  it('sets no limit for a command', () => {
    const command = connectPostgres('postgresql://127.0.0.1:1/none', { hasDeadlines: false });
    const unlimited = 2 ** 31 - 1;
    expect(command.transactionOptions()).toEqual({ maxWait: unlimited, timeout: unlimited });
  });

  it('is refused when the URL is not one of PostgreSQL', () => {
    expect(() => connectPostgres('mysql://127.0.0.1/none', {})).toThrow(
      new StoreUnusable('DATABASE_URL must begin with postgresql://.'),
    );
  });

  it('is refused when the direct URL is not one of PostgreSQL', () => {
    const connect = () => connectPostgres('postgresql://127.0.0.1:1/none', { directUrl: 'mysql://127.0.0.1/none' });
    expect(connect).toThrow(new StoreUnusable('DATABASE_DIRECT_URL must begin with postgresql://.'));
  });

  if (postgresUrl !== undefined) {
    it('tells the operator that its user may not create tables', async () => {
      const role = `gatehouse_test_${process.pid}_${Date.now()}`;
      await database.query(`CREATE ROLE ${role} LOGIN`);
      const url = new URL(database.url ?? '');
      url.username = role;
      const unprivileged = connectPostgres(url.href, { poolSize: 1 });
      const create = unprivileged.exclusively(({ execute }) => execute('CREATE TABLE note (id int)'), fail);
      await expect(create).rejects.toThrow('Grant it CREATE on the schema');
      await unprivileged.close();
      await database.query(`DROP ROLE ${role}`);
    });
  }
});

const fail = (): never => {
  throw new Error('nobody else holds the lock');
};
