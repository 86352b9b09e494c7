import { bearer, startApp, type TestApp } from '../../support/app.js';
import {
  DisableUserDocument,
  EnableUserDocument,
  MeDocument,
  RevokeUserSessionsDocument,
  SetUserRolesDocument,
  UserDocument,
  UsersDocument,
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

const statusOf = async (accessToken: string) => (await app.send(MeDocument, {}, bearer(accessToken))).status;

describe('users', () => {
  it('goes through all users page by page, each once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => app.createUser()));
    const seen: string[] = [];
    const walk = async (after: string | null): Promise<void> => {
      const { data } = await app.send(UsersDocument, { first: 2, after }, asAdmin());
      seen.push(...(data?.users?.edges.map(({ node }) => node.id) ?? []));
      expect(data?.users?.pageInfo.hasPreviousPage).toBe(after !== null);
      if (data?.users?.pageInfo.hasNextPage) await walk(data.users.pageInfo.endCursor);
    };
    await walk(null);
    const [{ count }] = (await app.database.query('SELECT count(*)::int AS count FROM "user"')) as [{ count: number }];
    expect(new Set(seen).size).toBe(count);
    expect(seen).toHaveLength(count);
  });

  it('finds by a part of the address, taking % and _ as they are', async () => {
    await app.createUser({ email: 'needle_1@example.com' });
    const found = async (search: string) =>
      (await app.send(UsersDocument, { search }, asAdmin())).data?.users?.edges.map(({ node }) => node.email);
    expect(await found('NEEDLE_1')).toEqual(['needle_1@example.com']);
    expect(await found('needle%1')).toEqual([]);
  });

  it('refuses a page of none, of more than 100, and a cursor that is none', async () => {
    for (const variables of [{ first: 0 }, { first: 101 }, { after: 'nonsense' }]) {
      const { status, errors } = await app.send(UsersDocument, variables, asAdmin());
      expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: 400, code: 'BAD_USER_INPUT' });
    }
  });
});

describe('user', () => {
  it('answers null for an id that nobody has', async () => {
    const { data, errors } = await app.send(UserDocument, { id: 'nobody' }, asAdmin());
    expect({ user: data?.user, errors }).toEqual({ user: null, errors: [] });
  });
});

describe('setUserRoles', () => {
  it('counts from the next request on, whatever the token says', async () => {
    const user = await app.newcomer('ADMIN');
    const list = () => app.send(UsersDocument, {}, bearer(user.tokens.accessToken));
    expect((await list()).status).toBe(200);
    await app.send(SetUserRolesDocument, { input: { userId: user.id, roles: ['USER'] } }, asAdmin());
    expect((await list()).status).toBe(403);
    await app.send(SetUserRolesDocument, { input: { userId: user.id, roles: ['ADMIN', 'USER'] } }, asAdmin());
    expect((await list()).status).toBe(200);
    await app.send(SetUserRolesDocument, { input: { userId: user.id, roles: ['USER'] } }, asAdmin());
  });

  it('keeps the last administrator', async () => {
    const { data } = await app.send(SetUserRolesDocument, { input: { userId: admin.id, roles: ['USER'] } }, asAdmin());
    expect(data?.setUserRoles).toMatchObject({ __typename: 'LastAdministratorError', code: 'LAST_ADMINISTRATOR' });
  });

  it('keeps one of two administrators who demote each other at the same time', async () => {
    const other = await app.newcomer('ADMIN');
    const demote = (userId: string, accessToken: string) =>
      app.send(SetUserRolesDocument, { input: { userId, roles: ['USER'] } }, bearer(accessToken));
    await Promise.all([demote(other.id, admin.tokens.accessToken), demote(admin.id, other.tokens.accessToken)]);
    const rows = await app.database.query(`SELECT user_id FROM auth_user_role WHERE role = 'ADMIN'`);
    expect(rows).toHaveLength(1);
    await app.gatehouse.auth.users.grantRole(admin.id, 'ADMIN', { kind: 'system' });
    await app.gatehouse.auth.users.revokeRole(other.id, 'ADMIN', { kind: 'system' });
  });
});

describe('disableUser and enableUser', () => {
  it('shut out at once, and let in again without bringing a session back', async () => {
    const user = await app.newcomer();
    const input = { userId: user.id };
    const disabled = await app.send(DisableUserDocument, { input }, asAdmin());
    expect(disabled.data?.disableUser).toMatchObject({ __typename: 'AdminUserSuccess', user: { disabled: true } });
    expect(await statusOf(user.tokens.accessToken)).toBe(401);
    await expect(app.login(user)).rejects.toThrow('INVALID_CREDENTIALS');

    const enabled = await app.send(EnableUserDocument, { input }, asAdmin());
    expect(enabled.data?.enableUser).toMatchObject({ user: { disabled: false } });
    expect(await statusOf(user.tokens.accessToken)).toBe(401);
    await app.login(user);
  });

  it('keep the last administrator and know nobody by a wrong id', async () => {
    const last = await app.send(DisableUserDocument, { input: { userId: admin.id } }, asAdmin());
    expect(last.data?.disableUser.__typename).toBe('LastAdministratorError');
    const nobody = await app.send(DisableUserDocument, { input: { userId: 'nobody' } }, asAdmin());
    expect(nobody.data?.disableUser.__typename).toBe('NotFoundError');
  });
});

describe('revokeUserSessions', () => {
  it('ends every session of the user', async () => {
    const user = await app.newcomer();
    const other = await app.login(user);
    await app.send(RevokeUserSessionsDocument, { input: { userId: user.id } }, asAdmin());
    expect(await statusOf(user.tokens.accessToken)).toBe(401);
    expect(await statusOf(other.accessToken)).toBe(401);
  });
});

describe('security events', () => {
  it('name actor and subject apart, and the request that caused them', async () => {
    const user = await app.newcomer();
    const { headers } = await app.send(DisableUserDocument, { input: { userId: user.id } }, asAdmin());
    const [event] = await app.database.query(
      `SELECT actor_kind, actor_id, subject_id, correlation_id, network FROM auth_security_event
       WHERE type = 'USER_DISABLED' AND subject_id = $1`,
      [user.id],
    );
    expect(event).toEqual({
      actor_kind: 'user',
      actor_id: admin.id,
      subject_id: user.id,
      correlation_id: headers.get('x-request-id'),
      network: '127.0.0.0/24',
    });
  });
});

describe('a mutation of several fields', () => {
  it('stops where its caller was shut out while an earlier field ran', async () => {
    const admin = await app.newcomer('ADMIN');
    const other = await app.createUser();
    const query = `mutation ($id: ID!) {
      a: revokeAllSessions { revokedSessions }
      b: setUserRoles(input: { userId: $id, roles: [ADMIN] }) { __typename }
    }`;
    const { data, errors } = await app.post(
      JSON.stringify({ query, variables: { id: other.id } }),
      bearer(admin.tokens.accessToken),
    );
    expect(data).toBeNull();
    expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'SESSION_REVOKED' });
    const rows = await app.database.query('SELECT role FROM auth_user_role WHERE user_id = $1', [other.id]);
    expect(rows).toEqual([{ role: 'USER' }]);
  });
});
