import { StoreUnavailable } from '../../src/store/errors.js';
import { openStore, type Store } from '../../src/store/store.js';
import { createTestDatabase, postgresUrl, type TestDatabase } from '../support/database.js';

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

describe('a store', () => {
  it('names its kind, and gives no warning about a direct connection', () => {
    expect(store.kind).toBe(postgresUrl === undefined ? 'embedded' : 'postgresql');
    expect(store.notices).toEqual([]);
  });

  it('publishes notices to its subscribers', async () => {
    const received = new Promise<string>((resolve) => {
      void store.principalNotices
        .subscribe({ onNotice: resolve, onLost: () => resolve('lost') })
        .then(() => store.principalNotices.publish('a user id'));
    });
    expect(await received).toBe('a user id');
  });

  it('is ready once it is watched, and not after it is closed', async () => {
    const watched = await database.open();
    const readiness = await watched.watch();
    expect(readiness.isReady()).toBe(true);
    await watched.close();
    expect(readiness.isReady()).toBe(false);
  });

  it('throws StoreUnavailable when no database responds', async () => {
    const away = openStore({ databaseUrl: 'postgresql://nobody@127.0.0.1:1/none', dataDir: 'unused', migrate: 'auto' });
    await expect(away).rejects.toThrow(StoreUnavailable);
  });

  it('throws StoreUnavailable when the store is closed', async () => {
    const closed = await database.open();
    await closed.close();
    await expect(closed.users.any()).rejects.toThrow(StoreUnavailable);
    await expect(closed.transaction(() => Promise.resolve())).rejects.toThrow(StoreUnavailable);
  });
});

if (postgresUrl !== undefined) {
  describe('a store on PostgreSQL', () => {
    it('goes on after the server ended its connections', async () => {
      await store.users.any();
      await database.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      await store.users.any().catch((error: unknown) => expect(error).toBeInstanceOf(StoreUnavailable));
      await store.users.any();
    });
  });
}
