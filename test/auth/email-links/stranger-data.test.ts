import { blankProfile, removeStrangerData } from '../../../src/auth/email-links/stranger-data.js';
import type { Store } from '../../../src/store/store.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { newUser } from '../../support/new-user.js';

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

/** A user with everything that a stranger may have left. */
const createUser = async (number: number) => {
  const { id } = await store.users.create({ ...newUser(number), name: 'A stranger', locale: 'de' });
  await store.users.scheduleErasure(id, 60);
  await store.knownDevices.recordLogin(id, 'curl');
  return id;
};

const clear = (userId: string) => store.transaction((tx) => removeStrangerData(tx, userId));

describe('removeStrangerData', () => {
  it('removes the profile, the scheduled deletion and the known devices', async () => {
    const id = await createUser(1);
    await clear(id);
    expect(await store.users.find(id)).toMatchObject({ ...blankProfile, eraseAfter: null });
    expect(await store.knownDevices.listByUser(id, 10)).toEqual([]);
  });

  it('changes no other account', async () => {
    const [id, otherId] = [await createUser(2), await createUser(3)];
    const before = await store.users.find(otherId);
    await clear(id);
    expect(await store.users.find(otherId)).toEqual(before);
    expect(await store.knownDevices.listByUser(otherId, 10)).toHaveLength(1);
  });
});
