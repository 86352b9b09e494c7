import type { Actor } from '../../../src/auth/audit/security-events.js';
import { verifyUser } from '../../../src/auth/email/verify-user.js';
import type { Store } from '../../../src/store/store.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { newUser } from '../../support/new-user.js';
import { createTestChange } from '../../support/test-change.js';

const SYSTEM: Actor = { kind: 'system' };

let database: TestDatabase;
let store: Store;
let changedUsers: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  store = await database.open();
});

beforeEach(() => {
  changedUsers = [];
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const verify = (userId: string, passwordHash: string | null) =>
  createTestChange(store, (changed) => changedUsers.push(changed))(SYSTEM, (tx) =>
    verifyUser(tx, userId, { name: 'Ada', locale: 'en' }, passwordHash),
  );

const eventTypesOf = async (userId: string) =>
  (await store.securityEvents.listBySubject(userId, 10)).map(({ type }) => type);

const createUser = async (number: number) => {
  const { id } = await store.users.create({ ...newUser(number), passwordHash: 'the old hash' });
  await store.users.scheduleErasure(id, 60);
  await store.knownDevices.recordLogin(id, 'curl');
  return id;
};

describe('verifyUser', () => {
  it('verifies the address, sets the profile, records it and invalidates the principals', async () => {
    const id = await createUser(1);
    expect(await verify(id, null)).toBe(true);
    const verified = { name: 'Ada', locale: 'en', emailVerifiedAt: expect.any(Date) as Date };
    expect(await store.users.find(id)).toMatchObject(verified);
    expect(await eventTypesOf(id)).toEqual(['EMAIL_VERIFIED']);
    expect(changedUsers).toEqual([id]);
  });

  it('keeps the password, the devices and the scheduled deletion when there is no new password', async () => {
    const id = await createUser(2);
    await verify(id, null);
    expect(await store.passwordCredentials.find(id)).toMatchObject({ hash: 'the old hash' });
    expect(await store.users.find(id)).toMatchObject({ eraseAfter: expect.any(Date) as Date });
    expect(await store.knownDevices.listByUser(id, 10)).toHaveLength(1);
  });

  it('removes all three with a new password, which another person may not know', async () => {
    const id = await createUser(3);
    await verify(id, 'the new hash');
    expect(await store.passwordCredentials.find(id)).toMatchObject({ hash: 'the new hash' });
    expect(await store.users.find(id)).toMatchObject({ eraseAfter: null });
    expect(await store.knownDevices.listByUser(id, 10)).toEqual([]);
  });

  it('changes nothing in an account that is verified already', async () => {
    const id = await createUser(4);
    await verify(id, null);
    const before = await store.users.find(id);
    expect(await verify(id, 'the new hash')).toBe(false);
    expect(await store.users.find(id)).toEqual(before);
    expect(await store.passwordCredentials.find(id)).toMatchObject({ hash: 'the old hash' });
    expect(await eventTypesOf(id)).toEqual(['EMAIL_VERIFIED']);
  });
});
