import { bearer, startApp, type TestApp } from '../../support/app.js';
import {
  MeDocument,
  UserCountDocument,
  UserDocument,
  UsersDocument,
  type UsersQueryVariables,
} from '../../support/generated/operations.js';

let app: TestApp;
let admin: Awaited<ReturnType<TestApp['newcomer']>>;

beforeAll(async () => {
  app = await startApp();
  admin = await app.newcomer('ADMIN');
});

afterAll(async () => {
  await app.close();
});

const asAdmin = () => bearer(admin.tokens.accessToken);

const list = async (variables: UsersQueryVariables) => {
  const { data, text } = await app.send(UsersDocument, variables, asAdmin());
  if (!data?.users) throw new Error(text);
  return data.users;
};

const emailsOf = async (variables: UsersQueryVariables) => (await list(variables)).edges.map(({ node }) => node.email);

const countUsers = async (): Promise<number> => {
  const [row] = (await app.database.query('SELECT count(*)::int AS count FROM "user"')) as [{ count: number }];
  return row.count;
};

describe('users', () => {
  beforeAll(async () => {
    for (let n = 0; n < 5; n += 1) await app.createUser();
  });

  const walk = async (next: (cursor: string | null) => UsersQueryVariables, isForward: boolean) => {
    const seen: string[] = [];
    for (let cursor: string | null = null, hasMore = true; hasMore;) {
      const { nodes, edges, pageInfo } = await list(next(cursor));
      expect(nodes.map(({ id }) => id)).toEqual(edges.map(({ node }) => node.id));
      expect(isForward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage).toBe(cursor !== null);
      const ids = nodes.map(({ id }) => id);
      seen.push(...(isForward ? ids : ids.reverse()));
      hasMore = isForward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage;
      cursor = (isForward ? pageInfo.endCursor : pageInfo.startCursor) ?? null;
    }
    return seen;
  };

  it('goes through all users page by page, each once, in both directions', async () => {
    const forward = await walk((after) => ({ first: 2, after }), true);
    const backward = await walk((before) => ({ last: 2, before }), false);
    expect(forward).toEqual([...forward].sort().reverse());
    expect(backward.reverse()).toEqual(forward);
    expect(forward).toHaveLength(await countUsers());
  });

  it('finds by the beginning of the address in any case of letters, and has no wildcards', async () => {
    await app.createUser({ email: 'Needle_1@example.com' });
    expect(await emailsOf({ filter: { search: ' NEEDLE_1 ' } })).toEqual(['Needle_1@example.com']);
    expect(await emailsOf({ filter: { search: 'eedle' } })).toEqual([]);
    expect(await emailsOf({ filter: { search: 'needle%1' } })).toEqual([]);
    expect(await emailsOf({ filter: { search: '_eedle' } })).toEqual([]);
  });

  it('finds users who meet every condition', async () => {
    const other = await app.createUser({ email: 'filtered@example.com', verified: false });
    const filter = { search: 'filtered', role: 'USER', disabled: false, emailVerified: false } as const;
    expect(await emailsOf({ filter })).toEqual([other.email]);
    expect(await emailsOf({ filter: { ...filter, emailVerified: true } })).toEqual([]);
    expect(await emailsOf({ filter: { ...filter, role: 'ADMIN' } })).toEqual([]);
    expect(await emailsOf({ filter: { role: 'ADMIN' } })).toEqual([admin.email]);
  });

  it('counts the whole list', async () => {
    const counted = async (filter: UsersQueryVariables['filter']) =>
      (await app.send(UserCountDocument, { filter }, asAdmin())).data?.users?.totalCount;
    expect(await counted(null)).toBe(await countUsers());
    expect(await counted({ role: 'ADMIN' })).toBe(1);
  });

  it.each<[string, UsersQueryVariables]>([
    ['a page of none', { first: 0 }],
    ['a page of fewer than none', { last: -1 }],
    ['a page of more than 100', { first: 101 }],
    ['a page at both ends', { first: 1, last: 1 }],
    ['a cursor that is none', { after: 'nonsense' }],
    [
      'a cursor of another list',
      { before: Buffer.from('event:01900000-0000-7000-8000-000000000000').toString('base64url') },
    ],
    ['a search for a NUL', { filter: { search: 'a\0' } }],
  ])('refuses %s', async (_what, variables) => {
    const { status, errors } = await app.send(UsersDocument, variables, asAdmin());
    expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: 400, code: 'BAD_USER_INPUT' });
  });
});

describe('user', () => {
  it('returns null for an unknown id', async () => {
    const { data, errors } = await app.send(UserDocument, { id: 'nobody' }, asAdmin());
    expect({ user: data?.user, errors }).toEqual({ user: null, errors: [] });
  });
});

describe('User.deletionScheduledFor', () => {
  it('is the time of the erasure, and null without one', async () => {
    const user = await app.newcomer();
    const read = async () =>
      (await app.send(MeDocument, {}, bearer(user.tokens.accessToken))).data?.me?.deletionScheduledFor;
    expect(await read()).toBeNull();
    await app.database.query(`UPDATE "user" SET erase_after = '2100-01-01T00:00:00Z' WHERE id = $1`, [user.id]);
    expect(await read()).toBe('2100-01-01T00:00:00.000Z');
  });
});

describe('User.loginLockedUntil', () => {
  it('is for administrators, even where the user is the caller', async () => {
    const user = await app.newcomer();
    const ask = (accessToken: string) =>
      app.post(JSON.stringify({ query: '{ me { id loginLockedUntil } }' }), bearer(accessToken));
    const refused = await ask(user.tokens.accessToken);
    expect(refused.data).toEqual({ me: { id: user.id, loginLockedUntil: null } });
    expect(refused.errors).toMatchObject([{ path: ['me', 'loginLockedUntil'], extensions: { code: 'FORBIDDEN' } }]);
    expect((await ask(admin.tokens.accessToken)).errors).toEqual([]);
  });

  it('is read once for each user, however many aliases select it', async () => {
    const { users } = app.gatehouse.auth;
    const loginLockedUntil = users.loginLockedUntil.bind(users);
    const read: string[] = [];
    const recorded = (email: string) => {
      read.push(email);
      return loginLockedUntil(email);
    };
    Object.assign(users, { loginLockedUntil: recorded });
    const query =
      '{ users(first: 2) { nodes { a: loginLockedUntil b: loginLockedUntil } edges { node { loginLockedUntil } } } }';
    const { errors } = await app.post(JSON.stringify({ query }), asAdmin());
    Object.assign(users, { loginLockedUntil });
    expect(errors).toEqual([]);
    expect(read).toHaveLength(2);
    expect(new Set(read).size).toBe(2);
  });
});
