import type { SigningKey } from '../../src/security/tokens/key-ring.js';
import { bearer, startApp, type TestApp } from '../support/app.js';
import { MeDocument, RefreshSessionDocument, UsersDocument } from '../support/generated/operations.js';
import { refusalOf, refusals } from '../support/refusals.js';
import { claimsOf, forge, signingKeyOf } from '../support/signing.js';

let app: TestApp;
let key: SigningKey;
let admin: Awaited<ReturnType<TestApp['newcomer']>>;

beforeAll(async () => {
  app = await startApp();
  key = await signingKeyOf(app);
  admin = await app.newcomer('ADMIN');
});

afterAll(() => app.close());

const listUsers = (token: string) => app.send(UsersDocument, {}, bearer(token));

const rolesOf = async (token: string) => (await app.send(MeDocument, {}, bearer(token))).data?.me?.roles;

const setRoles = (userId: string, roles: readonly 'ADMIN'[]) =>
  app.gatehouse.auth.users.setRoles(userId, roles, { kind: 'system' });

describe('A21: a scope that contradicts the roles of the user', () => {
  it.each([
    ['the scope of another role', { scope: 'role:ADMIN' }],
    ['the scope and the roles of an administrator', { scope: 'role:ADMIN role:USER', roles: ['ADMIN', 'USER'] }],
    ['a scope that begins like that of a role', { scope: 'role: role:ADMIN role:ADMIN:x' }],
    ['roles that contain the scope of another role', { roles: ['USER', 'role:ADMIN', 'USER role:ADMIN'] }],
  ])('gives no role: %s', async (_description, payload) => {
    const user = await app.newcomer();
    const token = forge(user.tokens.accessToken, key, { payload });
    expect(refusalOf(await listUsers(token))).toEqual(refusals.forbidden);
    expect(await rolesOf(token)).toEqual(['USER']);
  });

  it.each([
    ['no scope, as in a token of the previous release', { scope: undefined }],
    ['the empty scope', { scope: '' }],
    ['the scope of less', { scope: 'role:USER', roles: ['USER'] }],
    ['no roles', { scope: '', roles: [] }],
  ])('takes no role: %s', async (_description, payload) => {
    const token = forge(admin.tokens.accessToken, key, { payload });
    expect((await listUsers(token)).status).toBe(200);
    expect(await rolesOf(token)).toEqual(['ADMIN', 'USER']);
  });

  it.each([
    ['a list', ['role:ADMIN']],
    ['a number', 1],
    ['null', null],
    ['true', true],
    ['an object', { 'role:ADMIN': true }],
    ['with two spaces', 'role:ADMIN  role:USER'],
    ['with a tab', 'role:ADMIN\trole:USER'],
    ['with a space around it', ' role:ADMIN'],
  ])('makes the token invalid if it is of another type or form: %s', async (_description, scope) => {
    const token = forge(admin.tokens.accessToken, key, { payload: { scope } });
    expect(refusalOf(await listUsers(token))).toEqual(refusals.tokenInvalid);
  });
});

describe('A21: a user whose roles change while its access token is valid', () => {
  it('has the new roles from the next request on, and in the next token', async () => {
    const user = await app.newcomer('ADMIN');
    const { accessToken, refreshToken } = user.tokens;
    expect(claimsOf(accessToken)).toMatchObject({ scope: 'role:ADMIN role:USER', roles: ['ADMIN', 'USER'] });
    await setRoles(user.id, []);
    expect(refusalOf(await listUsers(accessToken))).toEqual(refusals.forbidden);
    expect(await rolesOf(accessToken)).toEqual(['USER']);

    const { data } = await app.send(RefreshSessionDocument, { input: { refreshToken: refreshToken ?? '' } });
    if (data?.refreshSession.__typename !== 'RefreshSessionSuccess') throw new Error('the refresh failed');
    expect(claimsOf(data.refreshSession.accessToken)).toMatchObject({ scope: 'role:USER', roles: ['USER'] });

    await setRoles(user.id, ['ADMIN']);
    expect((await listUsers(accessToken)).status).toBe(200);
  });
});

describe('A21: a role in the database that is none of this deployment', () => {
  it.each(['MANAGER', 'X role:ADMIN', 'role:ADMIN', 'ADMIN ', 'admin', '__proto__', 'toString'])(
    'grants nothing and is in no token: %j',
    async (role) => {
      const user = await app.createUser();
      await app.database.query('INSERT INTO auth_user_role (user_id, role) VALUES ($1, $2)', [user.id, role]);
      const { accessToken, refreshToken } = await app.login(user);
      const { data } = await app.send(RefreshSessionDocument, { input: { refreshToken: refreshToken ?? '' } });
      if (data?.refreshSession.__typename !== 'RefreshSessionSuccess') throw new Error('the refresh failed');
      for (const token of [accessToken, data.refreshSession.accessToken]) {
        expect(claimsOf(token)).toMatchObject({ scope: 'role:USER', roles: ['USER'] });
        expect(refusalOf(await listUsers(token))).toEqual(refusals.forbidden);
        expect(await rolesOf(token)).toEqual(['USER']);
      }
    },
  );
});
