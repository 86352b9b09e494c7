import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

import { isWriteConflict, StoreConflict, StoreUnavailable, translateStoreError } from '../../src/store/errors.js';
import { openStore, type Store } from '../../src/store/store.js';
import { Transactions } from '../../src/store/transactions.js';
import type { NewUser } from '../../src/store/tables/users.js';
import { createTestDatabase, postgresUrl, type TestDatabase } from '../support/database.js';

/** So long the store waits for a server to take up a connection. */
const CONNECT_MS = 3000;

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const newUser = (number: number): NewUser => ({
  id: `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`,
  email: `user${number}@example.com`,
  emailCanonical: `user${number}@example.com`,
  isVerified: false,
  origin: 'SIGN_UP',
  name: null,
  locale: null,
  roles: ['USER'],
  passwordHash: null,
});

describe('a transaction', () => {
  it('commits what its function did', async () => {
    const { id } = await store.transaction((tx) => tx.users.create(newUser(1)));
    expect(await store.users.find(id)).toMatchObject({ email: 'user1@example.com' });
  });

  it('undoes everything when its function throws', async () => {
    const fails = store.transaction(async (tx) => {
      await tx.users.create(newUser(2));
      throw new Error('on second thoughts');
    });
    await expect(fails).rejects.toThrow('on second thoughts');
    expect(await store.users.find(newUser(2).id)).toBeUndefined();
  });

  it('refuses the outer rows, another transaction and what must not wait inside', async () => {
    const message = 'Inside store.transaction() only its `tx` is used';
    await store.transaction(async () => {
      await expect(store.users.any()).rejects.toThrow(message);
      await expect(store.transaction(() => Promise.resolve())).rejects.toThrow(message);
      await expect(store.users.any()).rejects.toThrow(message);
      expect(() => store.assertOutsideTransaction()).toThrow(message);
    });
    expect(() => store.assertOutsideTransaction()).not.toThrow();
  });

  it('refuses its `tx` once it has ended', async () => {
    const escaped = await store.transaction((tx) => Promise.resolve(tx));
    await expect(escaped.users.any()).rejects.toThrow('an `await` is missing');
  });

  it('does not pretend to have committed when a failed statement was swallowed', async () => {
    await store.users.create(newUser(3));
    const swallows = store.transaction(async (tx) => {
      await tx.users.create(newUser(4));
      await tx.users.create(newUser(3)).catch(() => undefined);
    });
    await expect(swallows).rejects.toThrow(StoreConflict);
    expect(await store.users.find(newUser(4).id)).toBeUndefined();
  });

  it('gives up after five reruns', async () => {
    let runs = 0;
    const collide = (): Promise<never> => {
      runs += 1;
      return Promise.reject(Object.assign(new Error('collided'), { code: 'P2034' }));
    };
    const collides = new Transactions().run(
      collide,
      () => ({}),
      () => Promise.resolve(),
    );
    await expect(collides).rejects.toThrow(StoreUnavailable);
    expect(runs).toBe(6);
  });
});

describe('an error of the database', () => {
  it('names the unique constraint that a row violates', async () => {
    await store.users.create(newUser(5));
    await expect(store.users.create({ ...newUser(5), id: newUser(6).id })).rejects.toMatchObject({
      name: 'StoreConflict',
      constraint: 'user_email_canonical_key',
    });
  });

  it('keeps the values of a refused row to itself', async () => {
    const connection = await database.connect();
    const refused = await connection.client.$executeRaw`
      INSERT INTO auth_session (id, user_id, client_id, auth_time, idle_expires_at, expires_at, generation, device)
      VALUES (${newUser(7).id}::uuid, ${newUser(1).id}::uuid, 'gatehouse', now(), now(), now(), 0, 'the secret value')`.catch(
      translateStoreError,
    );
    await connection.close();
    expect(refused).toMatchObject({ code: 'P2010' });
    expect(inspect(refused, { depth: 10, showHidden: true })).not.toContain('secret value');
  });

  it('says StoreUnavailable when no database answers', async () => {
    const away = openStore({ databaseUrl: 'postgresql://nobody@127.0.0.1:1/none', dataDir: 'unused', migrate: 'auto' });
    await expect(away).rejects.toThrow(StoreUnavailable);
  });

  it('says StoreUnavailable when the store is closed', async () => {
    const closed = await database.open();
    await closed.close();
    await expect(closed.users.any()).rejects.toThrow(StoreUnavailable);
    await expect(closed.transaction(() => Promise.resolve())).rejects.toThrow(StoreUnavailable);
  });
});

if (postgresUrl !== undefined) {
  describe('on PostgreSQL', () => {
    it('runs one of two deadlocked transactions again', async () => {
      const [first, second] = [newUser(11), newUser(12)];
      await store.users.create(first);
      await store.users.create(second);
      let runs = 0;
      const bothHoldOne = barrier(2);
      const lockBoth = (one: NewUser, other: NewUser): Promise<void> =>
        store.transaction(async (tx) => {
          runs += 1;
          await tx.users.lock(one.id);
          await bothHoldOne();
          await tx.users.lock(other.id);
        });
      await Promise.all([lockBoth(first, second), lockBoth(second, first)]);
      expect(runs).toBe(3);
    });

    it('runs a statement again that collided outside of any transaction', async () => {
      const setDefault = (level: string) =>
        database.query(
          `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation TO ${level}', current_database()); END $$`,
        );
      const { id: userId } = await store.users.create(newUser(14));
      const { id } = await store.sessions.create({
        id: newUser(15).id,
        userId,
        clientId: 'gatehouse',
        amr: ['pwd'],
        device: null,
        network: null,
        userAgent: null,
        idleTtlSeconds: 60,
        absoluteTtlSeconds: 60,
      });
      await setDefault('serializable');
      const serialisable = await database.open();
      const isWaiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      let rotation: ReturnType<typeof serialisable.sessions.rotate> | undefined;
      await store.transaction(async (tx) => {
        await tx.sessions.confirm(id, 1);
        rotation = serialisable.sessions.rotate(id, 1, 60, { network: null, userAgent: null });
        while ((await database.query(isWaiting)).length === 0);
      });
      expect(await rotation).toMatchObject({ generation: 2, confirmedGeneration: 1 });
      await serialisable.close();
      await setDefault('DEFAULT');
    });

    it('recognises what serialisable transactions fail with', async () => {
      const connection = await database.connect();
      const fails = await connection.client
        .$executeRaw`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$`.catch(translateStoreError);
      await connection.close();
      expect(fails).toBeInstanceOf(StoreUnavailable);
      expect(isWriteConflict(fails)).toBe(true);
    });

    it('goes on after the server ended its connections', async () => {
      await store.users.any();
      await database.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      await store.users.any().catch((error: unknown) => expect(error).toBeInstanceOf(StoreUnavailable));
      await store.users.any();
    });

    it('has a question wait for its turn while all connections are at work', async () => {
      const narrow = await openStore({ databaseUrl: database.url, dataDir: 'unused', migrate: 'off', poolSize: 1 });
      const long = narrow.transaction(() => delay(CONNECT_MS + 500));
      await narrow.users.any();
      await long;
      await narrow.close();
    });

    it('gives a server up that takes a connection and says nothing, long before a question has waited for its turn', async () => {
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

/** Lets go of everybody when `count` have arrived, and of whoever comes later at once. */
const barrier = (count: number): (() => Promise<void>) => {
  let arrived = 0;
  let open: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return () => {
    arrived += 1;
    if (arrived === count) open();
    return opened;
  };
};
