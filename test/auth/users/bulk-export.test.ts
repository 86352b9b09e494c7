import type { ImportedUser } from '../../../src/store/tables/bulk-users.js';
import { startCore, type TestCore } from '../../support/core.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

beforeEach(() => core.database.query('TRUNCATE "user", auth_security_event CASCADE'));

afterAll(() => core.close());

const OPERATOR = { kind: 'operator', name: 'root' } as const;
const HASH = '$2b$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC';

const userOf = (number: number, change: Partial<ImportedUser> = {}): ImportedUser => ({
  id: `018e2e34-d600-7000-8000-${String(number).padStart(12, '0')}`,
  email: `user-${number}@example.com`,
  emailCanonical: `user-${number}@example.com`,
  verified: true,
  disabled: false,
  name: null,
  locale: null,
  roles: ['USER'],
  createdAt: new Date('2024-03-09T12:00:00Z'),
  passwordHash: HASH,
  ...change,
});

const exportUsers = async (withPasswordHashes: boolean) => {
  const { lines } = await core.auth.bulkExport.page(null, withPasswordHashes);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

describe('an export of users', () => {
  it('contains no password hashes unless they are requested', async () => {
    await core.store.bulkUsers.add([userOf(1), userOf(2), userOf(3, { passwordHash: null })]);
    const without = await exportUsers(false);
    expect(without).toHaveLength(3);
    expect(JSON.stringify(without)).not.toMatch(/hash|\$2b\$/i);
    const hashes = (await exportUsers(true)).map(({ passwordHash }) => passwordHash);
    expect(hashes).toEqual([HASH, HASH, undefined]);
  });

  it('omits users who requested erasure, and roles that this deployment does not know', async () => {
    await core.store.bulkUsers.add([userOf(1, { roles: ['USER', 'WIZARD'] }), userOf(2), userOf(3, { roles: [] })]);
    await core.store.users.scheduleErasure(userOf(2).id, 60);
    const users = (await exportUsers(false)).map(({ email, roles }) => ({ email, roles }));
    expect(users).toEqual([
      { email: 'user-1@example.com', roles: ['USER'] },
      { email: 'user-3@example.com', roles: [] },
    ]);
  });

  it('returns pages of 1,000 lines, and no next page after the last user', async () => {
    await core.store.bulkUsers.add(Array.from({ length: 1001 }, (_, index) => userOf(index + 1)));
    const first = await core.auth.bulkExport.page(null, false);
    expect([first.lines.length, first.next]).toEqual([1000, userOf(1000).id]);
    const second = await core.auth.bulkExport.page(first.next, false);
    expect([second.lines.length, second.next]).toEqual([1, null]);
  });

  it('is recorded before its first line, with whether it contains hashes', async () => {
    await core.auth.bulkExport.begin(OPERATOR, true);
    await core.auth.bulkExport.begin(OPERATOR, false);
    const events = await core.database.query(
      `SELECT operator, detail FROM auth_security_event WHERE type = 'USERS_EXPORTED' ORDER BY id`,
    );
    expect(events).toEqual([
      { operator: 'root', detail: { with: ['passwordHash'] } },
      { operator: 'root', detail: { with: [] } },
    ]);
  });
});
