import type { UserListRequest } from '../../../src/auth/users/user-list.js';
import { startCore, type TestCore } from '../../support/core.js';

const NOBODY = '01900000-0000-7000-8000-000000000000';

let core: TestCore;
/** The ids of the users, newest first. */
let ids: string[];

beforeAll(async () => {
  core = await startCore();
  for (let n = 1; n <= 5; n += 1) await core.createUser(`user-${n}@example.com`);
  const rows = (await core.database.query('SELECT id FROM "user" ORDER BY id DESC')) as { id: string }[];
  ids = rows.map(({ id }) => id);
});

afterAll(() => core.close());

const page = async (request: UserListRequest) => {
  const { users, hasNextPage, hasPreviousPage } = await core.auth.users.list(request);
  return { users: users.map(({ id }) => ids.indexOf(id)), hasNextPage, hasPreviousPage };
};

const middle = { hasNextPage: true, hasPreviousPage: true };
const beginning = { hasNextPage: true, hasPreviousPage: false };
const end = { hasNextPage: false, hasPreviousPage: true };
const whole = { hasNextPage: false, hasPreviousPage: false };

describe('a page of the list of users', () => {
  it('begins with the newest, and continues after a cursor', async () => {
    expect(await page({ first: 2 })).toEqual({ users: [0, 1], ...beginning });
    expect(await page({ first: 2, after: ids[1] })).toEqual({ users: [2, 3], ...middle });
    expect(await page({ first: 2, after: ids[3] })).toEqual({ users: [4], ...end });
    expect(await page({ first: 5 })).toEqual({ users: [0, 1, 2, 3, 4], ...whole });
  });

  it('ends with the oldest, and continues before a cursor', async () => {
    expect(await page({ last: 2 })).toEqual({ users: [3, 4], ...end });
    expect(await page({ last: 2, before: ids[3] })).toEqual({ users: [1, 2], ...middle });
    expect(await page({ last: 2, before: ids[1] })).toEqual({ users: [0], ...beginning });
    expect(await page({ last: 5 })).toEqual({ users: [0, 1, 2, 3, 4], ...whole });
  });

  it('lies between two cursors', async () => {
    expect(await page({ first: 5, after: ids[0], before: ids[4] })).toEqual({ users: [1, 2, 3], ...middle });
    expect(await page({ last: 1, after: ids[0], before: ids[4] })).toEqual({ users: [3], ...middle });
  });

  it('is empty beyond the ends, and knows what is on the other side', async () => {
    expect(await page({ first: 1, after: ids[4] })).toEqual({ users: [], ...end });
    expect(await page({ last: 1, before: ids[0] })).toEqual({ users: [], ...beginning });
    expect(await page({ after: ids[3], before: ids[2] })).toEqual({ users: [], ...middle });
    expect(await page({ filter: { role: 'ADMIN' }, after: ids[2] })).toEqual({ users: [], ...whole });
  });

  it('has 20 users if no size is given: the first ones, or those before a cursor', async () => {
    const many = await startCore();
    for (let n = 1; n <= 21; n += 1) await many.createUser(`user-${n}@example.com`);
    const { users, hasNextPage } = await many.auth.users.list({});
    expect({ length: users.length, hasNextPage }).toEqual({ length: 20, hasNextPage: true });

    const [oldest] = (await many.auth.users.list({ last: 1 })).users;
    await many.createUser('user-22@example.com');
    const before = await many.auth.users.list({ before: oldest?.id });
    await many.close();
    const emails = before.users.map(({ email }) => email);
    expect(emails).toHaveLength(20);
    expect([emails.at(0), emails.at(-1)]).toEqual(['user-21@example.com', 'user-2@example.com']);
    expect([before.hasPreviousPage, before.hasNextPage]).toEqual([true, true]);
  });

  it.each<[string, UserListRequest]>([
    ['no users', { first: 0 }],
    ['a negative number of users', { first: -1 }],
    ['more than 100 users', { first: 101 }],
    ['no users at the end', { last: 0 }],
    ['more than 100 users at the end', { last: 101 }],
    ['both ends', { first: 1, last: 1 }],
    ['a cursor that is no id', { after: 'nonsense' }],
    ['a cursor before it that is no id', { before: '' }],
    ['a search for a control character', { filter: { search: 'a\0b' } }],
    ['a search for half a character', { filter: { search: 'a\ud800' } }],
    ['a search for more than 254 characters', { filter: { search: 'a'.repeat(255) } }],
    ['a search for more than 254 code points', { filter: { search: '🦉'.repeat(255) } }],
  ])('is refused for %s', async (_what, request) => {
    await expect(core.auth.users.list(request)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('accepts a search of 254 code points', async () => {
    expect((await core.auth.users.list({ filter: { search: '🦉'.repeat(254) } })).users).toEqual([]);
  });

  it('accepts a cursor of a user who was erased in the meantime', async () => {
    expect(await page({ after: NOBODY })).toEqual({ users: [], ...end });
  });
});

describe('the filter', () => {
  const found = async (filter: UserListRequest['filter']) => {
    const { users } = await core.auth.users.list({ filter });
    return users.map(({ email }) => email);
  };

  it('combines its conditions with AND', async () => {
    const filtered = await startCore();
    const [ada, bob] = [await filtered.createUser('ada@example.com'), await filtered.createUser('bob@example.com')];
    await filtered.createUser('eve@example.com', false);
    await filtered.auth.users.grantRole(ada.id, 'ADMIN', { kind: 'system' });
    await filtered.auth.users.disable(bob.id, { kind: 'system' });
    const list = async (filter: UserListRequest['filter']) =>
      (await filtered.auth.users.list({ filter })).users.map(({ email }) => email.slice(0, 3));
    const lists = [
      await list({ role: 'ADMIN' }),
      await list({ role: 'USER', disabled: false }),
      await list({ disabled: true }),
      await list({ emailVerified: false }),
      await list({ emailVerified: true, disabled: false }),
      await list({ emailVerified: true, disabled: false, role: 'USER', search: 'a' }),
      await list({ disabled: true, search: 'a' }),
      await list({ role: null, disabled: null, emailVerified: null, search: null }),
    ];
    await filtered.close();
    expect(lists).toEqual([['ada'], ['eve', 'ada'], ['bob'], ['eve'], ['ada'], ['ada'], [], ['eve', 'bob', 'ada']]);
  });

  it('trims the search term, and none is no condition', async () => {
    expect(await found({ search: ' \t user-3@ ' })).toEqual(['user-3@example.com']);
    expect(await found({ search: ' ' })).toHaveLength(5);
    expect(await found({ search: '' })).toHaveLength(5);
  });

  it('finds a complete address by any spelling of its domain', async () => {
    const { id } = await core.createUser('jörg@example.com'.replace('ö', 'oe'));
    await core.auth.users.setEmail(id, 'joerg@müller.example', { kind: 'system' });
    expect(await found({ search: 'JOERG@MÜLLER.example' })).toEqual(['joerg@müller.example']);
    await core.store.users.remove(id);
  });
});

describe('the number of users', () => {
  it('is exact', async () => {
    expect(await core.auth.users.count({})).toBe(5);
    expect(await core.auth.users.count({ search: 'USER-' })).toBe(5);
    expect(await core.auth.users.count({ search: 'user-1' })).toBe(1);
    expect(await core.auth.users.count({ disabled: true })).toBe(0);
    await expect(core.auth.users.count({ search: '\0' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('is null beyond 100,000', async () => {
    const { createUserList } = await import('../../../src/auth/users/user-list.js');
    const counting = (count: number) =>
      createUserList({ store: { userPages: { ...core.store.userPages, count: () => Promise.resolve(count) } } });
    expect(await counting(100_000).count({})).toBe(100_000);
    expect(await counting(100_001).count({})).toBeNull();
  });
});
