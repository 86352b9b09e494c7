/** F13 and H7: the last administrator leaves, and somebody stays who has the role and cannot log in. */
import { Readable } from 'node:stream';

import { bearer, PASSWORD, startApp, type TestApp } from '../support/app.js';
import { postgresUrl } from '../support/database.js';
import {
  DeleteMyAccountDocument,
  DeleteUserDocument,
  DisableUserDocument,
  SetUserRolesDocument,
} from '../support/generated/operations.js';
import { closeGate } from '../support/row-gate.js';

type Person = Awaited<ReturnType<TestApp['newcomer']>>;

const OPERATOR = { kind: 'operator', name: 'root' } as const;

/** Why an administrator cannot log in, or does not mean to stay. */
const reasons = {
  disabled: `UPDATE "user" SET disabled_at = now() WHERE id = $1`,
  'to be erased': `UPDATE "user" SET erase_after = now() + interval '1 day' WHERE id = $1`,
  'without a password': 'DELETE FROM auth_password_credential WHERE user_id = $1',
  unverified: `UPDATE "user" SET email_verified_at = NULL WHERE id = $1`,
};

/** The ways in which the last one could go; each answers how it went. */
const ways: Record<string, (app: TestApp, last: Person) => Promise<string | undefined>> = {
  setUserRoles: async (app, { id: userId, tokens }) => {
    const input = { userId, roles: ['USER' as const] };
    return (await app.send(SetUserRolesDocument, { input }, bearer(tokens.accessToken))).data?.setUserRoles.__typename;
  },
  disableUser: async (app, { id: userId, tokens }) =>
    (await app.send(DisableUserDocument, { input: { userId } }, bearer(tokens.accessToken))).data?.disableUser
      .__typename,
  deleteMyAccount: async (app, { tokens }) => {
    const input = { password: PASSWORD };
    return (await app.send(DeleteMyAccountDocument, { input }, bearer(tokens.accessToken))).data?.deleteMyAccount
      .__typename;
  },
  deleteUser: async (app, { id: userId, tokens }) =>
    (await app.send(DeleteUserDocument, { input: { userId } }, bearer(tokens.accessToken))).data?.deleteUser.__typename,
  'deleteUser, immediately': async (app, { id: userId, tokens }) => {
    const input = { userId, immediately: true };
    return (await app.send(DeleteUserDocument, { input }, bearer(tokens.accessToken))).data?.deleteUser.__typename;
  },
  'the command to erase': async ({ gatehouse }, { id }) =>
    answered(await gatehouse.auth.accountDeletion.schedule(id, OPERATOR)),
  'the command to erase at once': async ({ gatehouse }, { id }) =>
    answered(await gatehouse.auth.accountDeletion.eraseNow(id, OPERATOR)),
  'the command to revoke a role': async ({ gatehouse }, { id }) =>
    answered(await gatehouse.auth.users.revokeRole(id, 'ADMIN', OPERATOR)),
  'the command to disable': async ({ gatehouse }, { id }) => answered(await gatehouse.auth.users.disable(id, OPERATOR)),
};

const answered = (result: object) => ('failure' in result ? 'LastAdministratorError' : 'Success');

const noAdministrators = (app: TestApp) => app.database.query(`DELETE FROM auth_user_role WHERE role = 'ADMIN'`);

const stillAdministers = (app: TestApp, { id }: Person) =>
  app.database.query(
    `SELECT role FROM "user" u JOIN auth_user_role ON user_id = u.id
     WHERE u.id = $1 AND role = 'ADMIN' AND disabled_at IS NULL AND erase_after IS NULL`,
    [id],
  );

describe('the last administrator who can log in', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });

  beforeEach(() => noAdministrators(app));

  afterAll(() => app.close());

  const cases = Object.keys(reasons).flatMap((reason) => Object.keys(ways).map((way) => [reason, way] as const));

  it.each(cases)('does not go while the other one is %s, by %s', async (reason, way) => {
    const [last, other] = [await app.newcomer('ADMIN'), await app.newcomer('ADMIN')];
    await app.database.query(reasons[reason as keyof typeof reasons], [other.id]);
    expect(await ways[way]?.(app, last)).toBe('LastAdministratorError');
    expect(await stillAdministers(app, last)).toEqual([{ role: 'ADMIN' }]);
  });

  it.each(Object.keys(ways))('goes once another one can log in, by %s', async (way) => {
    const [first] = [await app.newcomer('ADMIN'), await app.newcomer('ADMIN')];
    expect(await ways[way]?.(app, first)).toMatch(/Success$/);
    expect(await stillAdministers(app, first)).toEqual([]);
  });

  it.each(Object.keys(reasons))('can take the role from another one who is %s', async (reason) => {
    const [last, other] = [await app.newcomer('ADMIN'), await app.newcomer('ADMIN')];
    await app.database.query(reasons[reason as keyof typeof reasons], [other.id]);
    const input = { userId: other.id, roles: ['USER' as const] };
    const { data } = await app.send(SetUserRolesDocument, { input }, bearer(last.tokens.accessToken));
    expect(data?.setUserRoles.__typename).toBe('SetUserRolesSuccess');
  });

  it('is not replaced by one who comes with an import, without a password or unverified', async () => {
    const last = await app.newcomer('ADMIN');
    const lines = [
      { email: 'imported-1@example.com', roles: ['ADMIN'] },
      { email: last.email, disabled: true },
    ];
    const source = lines.map((line, index) => ({ number: index + 1, bytes: Buffer.from(JSON.stringify(line)) }));
    const options = { dryRun: false, actor: OPERATOR, onRefused: () => undefined };
    expect(await app.gatehouse.auth.bulkImport(Readable.from(source), options)).toEqual({
      ...{ imported: 1, present: 1, refused: 0 },
    });
    expect(await ways['disableUser']?.(app, last)).toBe('LastAdministratorError');
    expect(await stillAdministers(app, last)).toEqual([{ role: 'ADMIN' }]);
  });

  it.each(Object.keys(ways))('does not leave by %s where nobody who stays can log in either', async (way) => {
    const [last, other] = [await app.newcomer('ADMIN'), await app.newcomer('ADMIN')];
    await app.database.query('UPDATE "user" SET email_verified_at = NULL WHERE id IN ($1, $2)', [last.id, other.id]);
    expect(await ways[way]?.(app, last)).toBe('LastAdministratorError');
    expect(await stillAdministers(app, last)).toHaveLength(1);
  });

  it('does not keep a user from being changed where there is none at all', async () => {
    const user = await app.createUser();
    expect(await app.gatehouse.auth.users.disable(user.id, OPERATOR)).not.toHaveProperty('failure');
  });
});

describe('where unverified addresses may log in', () => {
  it('an unverified administrator counts as one who can', async () => {
    const app = await startApp({ REQUIRE_VERIFIED_EMAIL: 'false' });
    const [first, other] = [await app.newcomer('ADMIN'), await app.newcomer('ADMIN')];
    await app.database.query(reasons.unverified, [other.id]);
    const answer = await ways['setUserRoles']?.(app, first);
    const last = await ways['disableUser']?.(app, { ...other, tokens: await app.login(other) });
    await app.close();
    expect([answer, last]).toEqual(['SetUserRolesSuccess', 'LastAdministratorError']);
  });
});

if (postgresUrl !== undefined) {
  describe('an administrator whose departure waits for a lock', () => {
    it.each(Object.keys(reasons))('stays when the other one turns out to be %s', async (reason) => {
      const app = await startApp();
      const [last, other] = [await app.newcomer('ADMIN'), await app.newcomer('ADMIN')];
      const gate = await closeGate(app);
      // Holds the administrators' rows, and waits at the gate.
      const holder = app.gatehouse.auth.users.revokeSessions(last.id, OPERATOR);
      await gate.waiting(1, [holder]);
      await app.database.query(reasons[reason as keyof typeof reasons], [other.id]);
      const departure = app.gatehouse.auth.users.revokeRole(last.id, 'ADMIN', OPERATOR);
      await gate.waiting(2, [departure]);
      await gate.open();
      await holder;
      const answer = await departure;
      await app.close();
      expect(answer).toEqual({ failure: 'LAST_ADMINISTRATOR' });
    });
  });
}
