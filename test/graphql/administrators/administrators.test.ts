import { bearer, startApp, type TestApp } from '../../support/app.js';
import {
  DeleteUserDocument,
  DisableUserDocument,
  EnableUserDocument,
  MeDocument,
  RevokeUserSessionsDocument,
  SetUserRolesDocument,
  UnlockUserDocument,
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

describe('setUserRoles', () => {
  it('applies from the next request on, regardless of the roles in the token', async () => {
    const user = await app.newcomer('ADMIN');
    const list = () => app.send(UsersDocument, {}, bearer(user.tokens.accessToken));
    expect((await list()).status).toBe(200);
    await app.send(SetUserRolesDocument, { input: { userId: user.id, roles: ['USER'] } }, asAdmin());
    expect((await list()).status).toBe(403);
    await app.send(SetUserRolesDocument, { input: { userId: user.id, roles: ['ADMIN', 'USER'] } }, asAdmin());
    expect((await list()).status).toBe(200);
    await app.send(SetUserRolesDocument, { input: { userId: user.id, roles: ['USER'] } }, asAdmin());
  });

  it('treats the roles as a set, and never removes USER', async () => {
    const user = await app.createUser();
    const set = async (...roles: ('USER' | 'ADMIN')[]) =>
      (await app.send(SetUserRolesDocument, { input: { userId: user.id, roles } }, asAdmin())).data?.setUserRoles;
    expect(await set('ADMIN', 'ADMIN')).toMatchObject({ user: { roles: ['ADMIN', 'USER'] } });
    expect(await set()).toMatchObject({ __typename: 'SetUserRolesSuccess', user: { roles: ['USER'] } });
  });

  it('does not demote the last administrator', async () => {
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
  it('take effect at once, and enabling restores no session', async () => {
    const user = await app.newcomer();
    const input = { userId: user.id };
    const disabled = await app.send(DisableUserDocument, { input }, asAdmin());
    expect(disabled.data?.disableUser).toMatchObject({ __typename: 'DisableUserSuccess', user: { disabled: true } });
    expect(await statusOf(user.tokens.accessToken)).toBe(401);
    await expect(app.login(user)).rejects.toThrow('INVALID_CREDENTIALS');

    const enabled = await app.send(EnableUserDocument, { input }, asAdmin());
    expect(enabled.data?.enableUser).toMatchObject({ user: { disabled: false } });
    expect(await statusOf(user.tokens.accessToken)).toBe(401);
    await app.login(user);
  });

  it('do not disable the last administrator, and return NotFoundError for an unknown id', async () => {
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

describe('revokeUserSessions with ids', () => {
  it('ends these sessions, and returns how many were live', async () => {
    const user = await app.newcomer();
    const other = await app.login(user);
    const input = { userId: user.id, sessionIds: [other.session.id, admin.tokens.session.id, 'nothing'] };
    const { data } = await app.send(RevokeUserSessionsDocument, { input }, asAdmin());
    expect(data?.revokeUserSessions).toMatchObject({ user: { id: user.id }, revokedSessions: 1 });
    expect(await statusOf(other.accessToken)).toBe(401);
    expect(await statusOf(user.tokens.accessToken)).toBe(200);
  });
});

describe('unlockUser', () => {
  it('resets the limits of the user, and returns NotFoundError for an unknown id', async () => {
    const user = await app.newcomer();
    await app.database.query('UPDATE auth_session SET password_attempts = 4 WHERE user_id = $1', [user.id]);
    const { data } = await app.send(UnlockUserDocument, { input: { userId: user.id } }, asAdmin());
    expect(data?.unlockUser).toMatchObject({ __typename: 'UnlockUserSuccess', user: { id: user.id } });
    const rows = await app.database.query('SELECT password_attempts FROM auth_session WHERE user_id = $1', [user.id]);
    expect(rows).toEqual([{ password_attempts: 0 }]);
    const nobody = await app.send(UnlockUserDocument, { input: { userId: 'nobody' } }, asAdmin());
    expect(nobody.data?.unlockUser.__typename).toBe('NotFoundError');
  });
});

describe('deleteUser', () => {
  it('ends the sessions and schedules the erasure in 14 days, which the user can cancel', async () => {
    const user = await app.newcomer();
    const { data } = await app.send(DeleteUserDocument, { input: { userId: user.id } }, asAdmin());
    if (data?.deleteUser.__typename !== 'DeleteUserSuccess') throw new Error('the deletion failed');
    expect(data.deleteUser.userId).toBe(user.id);
    const days = (Date.parse(data.deleteUser.deletionScheduledFor) - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(14, 1);
    expect(await statusOf(user.tokens.accessToken)).toBe(401);
    const { accessToken } = await app.login(user);
    const me = await app.send(MeDocument, {}, bearer(accessToken));
    expect(me.data?.me?.deletionScheduledFor).toBe(data.deleteUser.deletionScheduledFor);
  });

  it('erases at once if asked to', async () => {
    const user = await app.newcomer();
    const { data } = await app.send(DeleteUserDocument, { input: { userId: user.id, immediately: true } }, asAdmin());
    expect(data?.deleteUser.__typename).toBe('DeleteUserSuccess');
    expect(await app.database.query('SELECT FROM "user" WHERE id = $1', [user.id])).toEqual([]);
    expect(await statusOf(user.tokens.accessToken)).toBe(401);
  });

  it('does not delete the last administrator, and returns NotFoundError for an unknown id', async () => {
    const last = await app.send(DeleteUserDocument, { input: { userId: admin.id, immediately: true } }, asAdmin());
    expect(last.data?.deleteUser.__typename).toBe('LastAdministratorError');
    const nobody = await app.send(DeleteUserDocument, { input: { userId: 'nobody' } }, asAdmin());
    expect(nobody.data?.deleteUser.__typename).toBe('NotFoundError');
  });
});

describe('security events', () => {
  it('name the actor, the subject, and the request that caused them', async () => {
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
  it('stops at the first field after the session of its caller has ended', async () => {
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
