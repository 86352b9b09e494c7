import { StoreUnavailable } from '../../src/store/errors.js';
import { openStore, type Store } from '../../src/store/store.js';
import type { NewUser } from '../../src/store/tables/users.js';
import { createTestDatabase, postgresUrl, type TestDatabase } from '../support/database.js';
import { newUser } from '../support/new-user.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

if (postgresUrl === undefined) {
  it('can be lost only to PostgreSQL, because the embedded database has no network', () => {
    expect(postgresUrl).toBeUndefined();
  });
} else {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let store: Store;

  beforeAll(async () => {
    database = await createTestDatabase();
    const url = new URL(database.url ?? '');
    proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 5432) });
    url.host = `127.0.0.1:${proxy.port}`;
    store = await openStore({ databaseUrl: url.href, dataDir: 'unused', migrate: 'off' });
  });

  afterAll(async () => {
    await store.close();
    proxy.close();
    await database.drop();
  });

  const countOf = async ({ id }: NewUser): Promise<number> =>
    (await database.query('SELECT FROM "user" WHERE id = $1', [id])).length;

  /** Creates a user in a transaction, and counts how often it ran. */
  const create = async (user: NewUser, whileOpen: () => Promise<unknown> = () => Promise.resolve()) => {
    let runs = 0;
    const created = store.transaction(async (tx) => {
      runs += 1;
      await tx.users.create(user);
      if (runs === 1) await whileOpen();
      return tx.users.find(user.id);
    });
    const outcome = await created.then(
      (found) => (found?.id === user.id ? 'created' : 'absent'),
      (error: unknown) => (error instanceof StoreUnavailable ? 'unavailable' : error),
    );
    return { outcome, runs, rows: await countOf(user) };
  };

  describe('G2: a transaction that loses its connection', () => {
    it('before a statement arrives is run again', async () => {
      void proxy.resetAt('INSERT INTO "user"', 'before');
      expect(await create(newUser(1))).toEqual({ outcome: 'created', runs: 2, rows: 1 });
    });

    it('after a statement was executed is run again', async () => {
      void proxy.resetAt('INSERT INTO "user"', 'after');
      expect(await create(newUser(2))).toEqual({ outcome: 'created', runs: 2, rows: 1 });
    });

    it('because PostgreSQL ends its session (57P01) is run again', async () => {
      const end = () =>
        database.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
        );
      expect(await create(newUser(3), end)).toEqual({ outcome: 'created', runs: 2, rows: 1 });
    });

    it('on every attempt is given up as unavailable, after a bounded number of attempts', async () => {
      const loseAll = () => {
        void proxy.resetAt('INSERT INTO "user"', 'before').then(loseAll);
      };
      loseAll();
      const { outcome, runs, rows } = await create(newUser(4));
      expect({ outcome, rows }).toEqual({ outcome: 'unavailable', rows: 0 });
      expect(runs).toBeLessThanOrEqual(6);
      void proxy.resetAt('nothing that a statement contains', 'before');
    });

    it('before COMMIT arrives is unavailable and not run again: the outcome is not known', async () => {
      void proxy.resetAt('COMMIT', 'before');
      expect(await create(newUser(5))).toEqual({ outcome: 'unavailable', runs: 1, rows: 0 });
    });

    it('after COMMIT was executed is unavailable and not run again: it has happened', async () => {
      void proxy.resetAt('COMMIT', 'after');
      expect(await create(newUser(6))).toEqual({ outcome: 'unavailable', runs: 1, rows: 1 });
    });
  });

  describe('G2: a statement outside any transaction that loses its connection', () => {
    it('is sent again if it reads', async () => {
      const { id } = newUser(11);
      await store.users.create(newUser(11));
      void proxy.resetAt('FROM "user" u WHERE u.id', 'before');
      expect(await store.users.find(id)).toMatchObject({ id });
    });

    it('is not sent again if it writes, whether it was executed or not', async () => {
      const { id } = await store.users.create(newUser(12));
      await store.rateLimits.take([{ key: id, limit: 10, windowSeconds: 60 }]);
      const spent = async () => {
        const [row] = (await database.query('SELECT spent FROM auth_rate_limit WHERE key = $1', [id])) as {
          spent: number;
        }[];
        return row?.spent;
      };
      for (const [when, expected] of [
        ['before', 1],
        ['after', 2],
      ] as const) {
        void proxy.resetAt('INSERT INTO auth_rate_limit', when);
        const taken = store.rateLimits.take([{ key: id, limit: 10, windowSeconds: 60 }]);
        await expect(taken).rejects.toThrow(StoreUnavailable);
        expect({ when, spent: await spent() }).toEqual({ when, spent: expected });
      }
    });
  });
}
