import { bearer, PASSWORD, startApp, type TestApp } from '../../support/app.js';
import {
  CancelAccountDeletionDocument,
  DeleteMyAccountDocument,
  DisableUserDocument,
  MeDocument,
} from '../../support/generated/operations.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(() => app.close());

const remove = async (accessToken: string, password = PASSWORD) =>
  (await app.send(DeleteMyAccountDocument, { input: { password } }, bearer(accessToken))).data?.deleteMyAccount;

const statusOf = async (accessToken: string) => (await app.send(MeDocument, {}, bearer(accessToken))).status;

const passDays = (userId: string, days: number) =>
  app.database.query(`UPDATE "user" SET erase_after = erase_after - make_interval(days => $2) WHERE id = $1`, [
    userId,
    days,
  ]);

const erase = () => app.gatehouse.auth.accountDeletion.erase();

describe('deleteMyAccount', () => {
  it('returns the time, ends all sessions of the owner, and notifies the owner by email', async () => {
    const user = await app.newcomer();
    const second = await app.login(user);
    const result = await remove(user.tokens.accessToken);
    if (result?.__typename !== 'DeleteMyAccountSuccess') throw new Error(result?.__typename);
    const days = (Date.parse(result.deletionScheduledFor) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(13.99);
    expect(days).toBeLessThan(14.01);
    expect([await statusOf(user.tokens.accessToken), await statusOf(second.accessToken)]).toEqual([401, 401]);
    const mail = await app.mailbox.waitFor(user.email);
    expect(mail.text).toMatch(/log in/i);
  });

  it('requires the password', async () => {
    const user = await app.newcomer();
    expect(await remove(user.tokens.accessToken, 'not the password')).toMatchObject({
      __typename: 'InvalidCredentialsError',
    });
    expect(await statusOf(user.tokens.accessToken)).toBe(200);
  });

  it('lets the owner log in and keep the account, for 14 days', async () => {
    const user = await app.newcomer();
    await remove(user.tokens.accessToken);
    await passDays(user.id, 13);
    const { accessToken } = await app.login(user);
    const { data } = await app.send(CancelAccountDeletionDocument, {}, bearer(accessToken));
    expect(data?.cancelAccountDeletion.user.id).toBe(user.id);
    await passDays(user.id, 100);
    await erase();
    expect(await statusOf(accessToken)).toBe(200);
  });

  it('erases the account after that, and leaves an anonymous event', async () => {
    const user = await app.newcomer();
    await remove(user.tokens.accessToken);
    expect(await erase()).toBe(0);
    const { accessToken } = await app.login(user);
    await passDays(user.id, 14);
    expect(await erase()).toBe(1);
    expect(await statusOf(accessToken)).toBe(401);
    await expect(app.login(user)).rejects.toThrow('INVALID_CREDENTIALS');
    expect(
      await app.database.query(
        `SELECT type, actor_kind, actor_id, subject_id, network, user_agent FROM auth_security_event
         WHERE type = 'USER_ERASED'`,
      ),
    ).toEqual([
      { type: 'USER_ERASED', actor_kind: 'system', actor_id: null, subject_id: null, network: null, user_agent: null },
    ]);
    const events = (await app.database.query(
      'SELECT network, user_agent FROM auth_security_event WHERE session_id = $1',
      [user.tokens.session.id],
    )) as { network: string | null; user_agent: string | null }[];
    expect(events.length).toBeGreaterThan(0);
    expect(events.every(({ network, user_agent }) => network === null && user_agent === null)).toBe(true);
    await app.mailbox.waitFor(user.email, 2);
  });
});

describe('erasure', () => {
  const due = async () => {
    const user = await app.newcomer();
    await remove(user.tokens.accessToken);
    await passDays(user.id, 14);
    return user;
  };
  const traces = (sessionId: string) =>
    app.database.query(
      'SELECT type FROM auth_security_event WHERE session_id = $1 AND (network IS NOT NULL OR user_agent IS NOT NULL)',
      [sessionId],
    );

  it('removes everything from events that identifies the user, regardless of their number', async () => {
    const user = await due();
    await app.database.query(
      `INSERT INTO auth_security_event (id, type, actor_kind, subject_id, session_id, correlation_id, network, detail)
       SELECT gen_random_uuid(), 'PROFILE_UPDATED', 'user', $1, $2, 'r', '203.0.113.0/24', '{}' FROM generate_series(1, 250)`,
      [user.id, user.tokens.session.id],
    );
    expect((await traces(user.tokens.session.id)).length).toBeGreaterThan(250);
    expect(await erase()).toBe(1);
    expect(await traces(user.tokens.session.id)).toEqual([]);
  });

  it('continues after an account that cannot be erased, and reports it', async () => {
    const held = await due();
    const other = await due();
    await app.database.query('CREATE TABLE adopters (user_id uuid REFERENCES "user")');
    await app.database.query('INSERT INTO adopters VALUES ($1)', [held.id]);
    await expect(erase()).rejects.toThrow('1 accounts could not be erased.');
    const left = await app.database.query('SELECT id FROM "user" WHERE id IN ($1, $2)', [held.id, other.id]);
    await app.database.query('DROP TABLE adopters');
    expect(left).toEqual([{ id: held.id }]);
    expect(await erase()).toBe(1);
  });
});

describe('cancelAccountDeletion', () => {
  it('does not succeed if the account is erased between the authentication and the cancellation', async () => {
    const user = await app.newcomer();
    await remove(user.tokens.accessToken);
    const { accessToken } = await app.login(user);
    await passDays(user.id, 14);
    const { auth } = app.gatehouse;
    const caller = await auth.authenticate([`Bearer ${accessToken}`]);
    if (caller.kind === 'anonymous') throw new Error(caller.reason);
    await erase();
    const client = { network: null, ranges: null, userAgent: null, language: null, requestId: 'late' };
    await expect(auth.accountDeletion.cancel(caller, client)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('an administrator who asks for deletion', () => {
  it('is rejected if it is the last one', async () => {
    const admin = await app.newcomer('ADMIN');
    expect(await remove(admin.tokens.accessToken)).toMatchObject({ __typename: 'LastAdministratorError' });
    expect(await statusOf(admin.tokens.accessToken)).toBe(200);
    await app.database.query(`DELETE FROM auth_user_role WHERE user_id = $1 AND role = 'ADMIN'`, [admin.id]);
  });

  it('no longer counts as an administrator', async () => {
    const [first, second] = [await app.newcomer('ADMIN'), await app.newcomer('ADMIN')];
    expect(await remove(first.tokens.accessToken)).toMatchObject({ __typename: 'DeleteMyAccountSuccess' });
    expect(await remove(second.tokens.accessToken)).toMatchObject({ __typename: 'LastAdministratorError' });
    const again = await app.login(first);
    const { data } = await app.send(DisableUserDocument, { input: { userId: second.id } }, bearer(again.accessToken));
    expect(data?.disableUser).toMatchObject({ __typename: 'LastAdministratorError' });
  });
});
