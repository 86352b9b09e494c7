import type { Store } from '../../../src/store/store.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

const USER = '00000000-0000-7000-8000-000000000001';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
  await database.query(
    `INSERT INTO "user" (id, email, email_canonical, origin) VALUES ('${USER}', 'a@example.com', 'a@example.com', 'SIGN_UP')`,
  );
});

beforeEach(() => store.knownDevices.forget(USER));

afterAll(async () => {
  await store.close();
  await database.drop();
});

describe('a device', () => {
  it('is not new at the first login', async () => {
    expect(await store.knownDevices.recordLogin(USER, 'Firefox on Linux')).toBe(false);
  });

  it('is new at a later login, once', async () => {
    await store.knownDevices.recordLogin(USER, 'Firefox on Linux');
    expect(await store.knownDevices.recordLogin(USER, 'Safari on iOS')).toBe(true);
    expect(await store.knownDevices.recordLogin(USER, 'Safari on iOS')).toBe(false);
  });

  it('is one device, however often it is unknown', async () => {
    await store.knownDevices.recordLogin(USER, 'Firefox on Linux');
    expect(await store.knownDevices.recordLogin(USER, null)).toBe(true);
    expect(await store.knownDevices.recordLogin(USER, null)).toBe(false);
    const devices = await store.knownDevices.listByUser(USER, 10);
    expect(devices.map(({ device }) => device).sort()).toEqual(['Firefox on Linux', null]);
    expect(Object.keys(devices[0] ?? {})).toEqual(['userId', 'device', 'firstSeenAt', 'lastSeenAt']);
  });
});
