import { setTimeout as delay } from 'node:timers/promises';

import type { Connection } from '../../../src/store/database/client.js';
import { createTestDatabase, postgresUrl, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let connection: Connection;

beforeEach(async () => {
  database = await createTestDatabase();
  connection = await database.connect();
});

afterEach(async () => {
  await connection.close();
  await database.drop();
});

const ignore = () => undefined;
const noteExists = async () =>
  (await database.query(`SELECT FROM pg_class WHERE relname = 'note' AND relnamespace = 'public'::regnamespace`))
    .length === 1;

describe('a migration session', () => {
  it('commits when its work resolves', async () => {
    const result = await connection.exclusively(async ({ execute, query }) => {
      await execute('CREATE TABLE note (id int); INSERT INTO note VALUES (1);');
      return query<{ id: number }>('SELECT id FROM note WHERE id = $1', [1]);
    }, ignore);
    expect(result).toEqual([{ id: 1 }]);
    expect(await noteExists()).toBe(true);
  });

  it('rolls back when its work rejects', async () => {
    const fails = connection.exclusively(async ({ execute }) => {
      await execute('CREATE TABLE note (id int)');
      throw new Error('on second thought');
    }, ignore);
    await expect(fails).rejects.toThrow('on second thought');
    expect(await noteExists()).toBe(false);
  });

  it.each(['COMMIT', 'ROLLBACK'])('rejects a script with %s, and none of it remains', async (statement) => {
    const fails = connection.exclusively(({ execute }) => execute(`CREATE TABLE note (id int); ${statement};`), ignore);
    await expect(fails).rejects.toThrow(/transaction/i);
    expect(await noteExists()).toBe(false);
  });

  if (postgresUrl !== undefined) {
    it('waits for that of another process, and reports it once', async () => {
      let waits = 0;
      let other: Promise<boolean> | undefined;
      await connection.exclusively(async ({ execute }) => {
        other = connection.exclusively(noteExists, () => (waits += 1));
        while (waits === 0) await delay(10);
        await execute('CREATE TABLE note (id int)');
      }, ignore);
      expect(await other).toBe(true);
      expect(waits).toBe(1);
    });

    it('leaves no lock and no setting behind', async () => {
      await connection.exclusively(() => Promise.resolve(), ignore);
      expect(
        await database.query(
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        ),
      ).toEqual([]);
    });
  }
});
