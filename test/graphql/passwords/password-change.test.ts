import { bearer, PASSWORD, startApp, type TestApp } from '../../support/app.js';
import { ChangePasswordDocument, MeDocument, RefreshSessionDocument } from '../../support/generated/operations.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const loginFails = async (email: string, password: string) =>
  expect(app.login({ email, password })).rejects.toThrow('INVALID_CREDENTIALS');

describe('changePassword', () => {
  const NEW_PASSWORD = 'an entirely different one';

  it('ends every session, this one too, and answers the tokens of a new one', async () => {
    const user = await app.newcomer();
    const elsewhere = await app.login(user);
    const input = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    const { data } = await app.send(ChangePasswordDocument, { input }, bearer(user.tokens.accessToken));

    if (data?.changePassword.__typename !== 'ChangePasswordSuccess') throw new Error('refused');
    const { accessToken } = data.changePassword;
    expect((await app.send(MeDocument, {}, bearer(accessToken))).data?.me?.id).toBe(user.id);
    for (const old of [user.tokens, elsewhere]) {
      const answer = await app.send(MeDocument, {}, bearer(old.accessToken));
      expect(answer.errors[0]?.extensions.reason).toBe('SESSION_REVOKED');
      const refreshed = await app.send(RefreshSessionDocument, { input: { refreshToken: old.refreshToken ?? '' } });
      expect(refreshed.data?.refreshSession.__typename).toBe('InvalidRefreshTokenError');
    }
    await loginFails(user.email, PASSWORD);
    await app.login({ ...user, password: NEW_PASSWORD });
  });

  it('refuses a weak password and leaves everything as it was', async () => {
    const user = await app.newcomer();
    const input = { currentPassword: PASSWORD, newPassword: 'short' };
    const { data } = await app.send(ChangePasswordDocument, { input }, bearer(user.tokens.accessToken));
    expect(data?.changePassword).toMatchObject({ __typename: 'WeakPasswordError', reasons: ['TOO_SHORT'] });
    expect((await app.send(MeDocument, {}, bearer(user.tokens.accessToken))).status).toBe(200);
  });

  it('ends the session at the fifth wrong password', async () => {
    const user = await app.newcomer();
    const input = { currentPassword: 'this is not the password', newPassword: NEW_PASSWORD };
    const attempt = () => app.send(ChangePasswordDocument, { input }, bearer(user.tokens.accessToken));
    for (let count = 1; count <= 5; count += 1) {
      expect((await attempt()).data?.changePassword.__typename).toBe('InvalidCredentialsError');
    }
    expect((await attempt()).status).toBe(401);
    await app.login(user);
  });

  it('evaluates five guesses in a session, however many are made at once', async () => {
    const user = await app.newcomer();
    const guess = (currentPassword: string) =>
      app.send(
        ChangePasswordDocument,
        { input: { currentPassword, newPassword: NEW_PASSWORD } },
        bearer(user.tokens.accessToken),
      );
    await Promise.all(Array.from({ length: 20 }, (_, index) => guess(`this is not the password ${index}`)));
    const [row] = await app.database.query(
      'SELECT password_attempts, revoked_at IS NOT NULL AS over FROM auth_session WHERE id = $1',
      [user.tokens.session.id],
    );
    expect(row).toEqual({ password_attempts: 5, over: true });
  });

  it('tells nothing of the present password when the new one is weak', async () => {
    const user = await app.newcomer();
    const ask = (currentPassword: string) =>
      app.send(
        ChangePasswordDocument,
        { input: { currentPassword, newPassword: 'short' } },
        bearer(user.tokens.accessToken),
      );
    expect((await ask('this is not the password')).text).toBe((await ask(PASSWORD)).text);
  });

  it('refuses a current password that is too long to be one, without hashing or counting it', async () => {
    const user = await app.newcomer();
    const input = { currentPassword: 'x'.repeat(300), newPassword: NEW_PASSWORD };
    const { data } = await app.send(ChangePasswordDocument, { input }, bearer(user.tokens.accessToken));
    expect(data?.changePassword.__typename).toBe('InvalidCredentialsError');
    const [row] = await app.database.query('SELECT password_attempts FROM auth_session WHERE id = $1', [
      user.tokens.session.id,
    ]);
    expect(row).toEqual({ password_attempts: 0 });
  });

  it('succeeds once if two requests arrive at the same time', async () => {
    const user = await app.newcomer();
    const answers = await Promise.all(
      ['the first of two new ones', 'the second of two new ones'].map((newPassword) =>
        app.send(
          ChangePasswordDocument,
          { input: { currentPassword: PASSWORD, newPassword } },
          bearer(user.tokens.accessToken),
        ),
      ),
    );
    const names = answers.map(({ data, errors }) => data?.changePassword.__typename ?? errors[0]?.extensions.reason);
    expect(names.filter((name) => name === 'ChangePasswordSuccess')).toHaveLength(1);
  });
});
