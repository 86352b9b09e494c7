import { StoreConflict, StoreUnavailable } from '../../src/store/errors.js';
import type { Store } from '../../src/store/store.js';
import { Transactions } from '../../src/store/transactions.js';
import type { NewUser } from '../../src/store/tables/users.js';
import { createTestDatabase, postgresUrl, type TestDatabase } from '../support/database.js';
import { newUser } from '../support/new-user.js';

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
    const message = 'Inside store.transaction(), use only its `tx`';
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

  it('runs again when it conflicted at COMMIT', async () => {
    await database.query('CREATE SEQUENCE commits');
    await database.query(`CREATE FUNCTION refuse_first() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF nextval('commits') = 1 THEN RAISE EXCEPTION 'refused' USING ERRCODE = '40001'; END IF;
        RETURN NULL;
      END $$`);
    await database.query(`CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON "user" DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION refuse_first()`);
    let runs = 0;
    const { id } = await store.transaction((tx) => {
      runs += 1;
      return tx.users.create(newUser(21));
    });
    expect({ runs, found: (await store.users.find(id))?.id }).toEqual({ runs: 2, found: newUser(21).id });
    await database.query('DROP TRIGGER refuse ON "user"');
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

if (postgresUrl !== undefined) {
  describe('a conflict on PostgreSQL', () => {
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
      // On a loaded machine, the one that runs again may take its lock before the other one wakes, and both deadlock once more.
      expect(runs).toBeGreaterThanOrEqual(3);
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
  });
}

/** Blocks callers until `count` of them have arrived, and no later ones. */
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
