import { bearer, PASSWORD, startApp, type TestApp } from '../../support/app.js';
import {
  AuthConfigDocument,
  ChangePasswordDocument,
  MeDocument,
  RefreshSessionDocument,
  SignUpDocument,
  VerifyEmailDocument,
} from '../../support/generated/operations.js';
import { tokenIn } from '../../support/mailbox.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const verify = async (input: { token: string; receipt?: string; newPassword?: string }) =>
  (await app.send(VerifyEmailDocument, { input })).data?.verifyEmail;

const loginFails = async (email: string, password: string) =>
  expect(app.login({ email, password })).rejects.toThrow('INVALID_CREDENTIALS');

describe('signUp', () => {
  it('leads by mail and receipt to an account that can log in', async () => {
    const receipt = await app.signUp('grace@example.com', PASSWORD, 'Grace');
    await loginFails('grace@example.com', PASSWORD);

    const mail = await app.mailbox.waitFor('grace@example.com');
    expect(await verify({ token: tokenIn(mail), receipt })).toMatchObject({ __typename: 'VerifyEmailSuccess' });
    const { user } = await app.login({ email: 'grace@example.com', password: PASSWORD });
    expect(user).toMatchObject({ emailVerified: true, name: 'Grace', roles: ['USER'] });
  });

  it('answers alike for an address that has an account, and only its owner reads that it has', async () => {
    const user = await app.createUser();
    const answer = async (email: string) => {
      const { status, text } = await app.send(SignUpDocument, { input: { email, password: PASSWORD } });
      return { status, text: text.replace(/"receipt":"[\w-]{43}"/, '"receipt":""') };
    };
    expect(await answer(user.email)).toEqual(await answer('stranger@example.com'));

    const mail = await app.mailbox.waitFor(user.email);
    expect(mail.subject).toBe('You have an account already');
    expect(mail.text).not.toContain('token=');
  });

  it('writes to an owner in the owner’s language, whatever a stranger says of it', async () => {
    const user = await app.createUser();
    await app.database.query(`UPDATE "user" SET locale = 'de' WHERE id = $1`, [user.id]);
    await app.send(SignUpDocument, { input: { email: user.email, password: PASSWORD, locale: 'en' } });
    expect((await app.mailbox.waitFor(user.email)).subject).toBe('Sie haben schon ein Konto');
  });

  it('writes to a stranger in the language that the sign-up names, or else in the one that its browser wants most', async () => {
    const german = { 'accept-language': 'en;q=0.5, de-CH' };
    const subjectFor = async (email: string, locale?: string) => {
      await app.send(SignUpDocument, { input: { email, password: PASSWORD, locale } }, german);
      return (await app.mailbox.waitFor(email)).subject;
    };
    expect(await subjectFor('heidi@example.com')).toBe('Bestätigen Sie Ihre E-Mail-Adresse');
    expect(await subjectFor('emily@example.com', 'en')).toBe('Confirm your e-mail address');
  });

  it('refuses what is no address', async () => {
    const { data } = await app.send(SignUpDocument, { input: { email: 'not an address', password: PASSWORD } });
    expect(data?.signUp).toMatchObject({ __typename: 'InvalidEmail', code: 'INVALID_EMAIL' });
  });

  it('names every rule that a password breaks', async () => {
    const { data } = await app.send(SignUpDocument, { input: { email: 'barbara@example.com', password: 'barbara' } });
    expect(data?.signUp).toMatchObject({
      __typename: 'WeakPassword',
      reasons: ['TOO_SHORT', 'CONTAINS_PERSONAL_WORD'],
    });
  });

  it('is closed where SIGN_UP says so', async () => {
    const closed = await startApp({ SIGN_UP: 'closed' });
    const { data } = await closed.send(SignUpDocument, { input: { email: 'a@example.com', password: PASSWORD } });
    const config = await closed.send(AuthConfigDocument, {});
    await closed.close();
    expect(data?.signUp).toMatchObject({ __typename: 'SignUpClosed' });
    expect(config.data?.authConfig.signUp).toBe('CLOSED');
  });

  it('makes an account that can log in at once where REQUIRE_VERIFIED_EMAIL is false', async () => {
    const open = await startApp({ REQUIRE_VERIFIED_EMAIL: 'false' });
    await open.send(SignUpDocument, { input: { email: 'quick@example.com', password: PASSWORD } });
    const login = await open.login({ email: 'quick@example.com', password: PASSWORD });
    expect(login.user.emailVerified).toBe(false);

    const token = tokenIn(await open.mailbox.waitForLink('quick@example.com'));
    const { data } = await open.send(VerifyEmailDocument, {
      input: { token, newPassword: 'the owner chose this one' },
    });
    const afterwards = await open.send(MeDocument, {}, bearer(login.accessToken));
    const owner = await open.login({ email: 'quick@example.com', password: 'the owner chose this one' });
    await open.close();
    expect(data?.verifyEmail).toMatchObject({ __typename: 'VerifyEmailSuccess' });
    expect(afterwards.errors[0]?.extensions.reason).toBe('SESSION_REVOKED');
    expect(owner.user.emailVerified).toBe(true);
  });
});

describe('verifyEmail', () => {
  it('demands a new password without the receipt, and uses no token up by asking', async () => {
    await app.signUp('victim@example.com', 'the attacker knows this one', 'Ring 555 0100');
    const token = tokenIn(await app.mailbox.waitForLink('victim@example.com'));

    expect(await verify({ token })).toMatchObject({ __typename: 'PasswordRequired' });
    expect(await verify({ token, receipt: 'x'.repeat(43) })).toMatchObject({ __typename: 'PasswordRequired' });
    expect(await verify({ token, newPassword: 'short' })).toMatchObject({
      __typename: 'WeakPassword',
      reasons: ['TOO_SHORT'],
    });
    expect(await verify({ token, newPassword: 'only its owner knows' })).toMatchObject({
      __typename: 'VerifyEmailSuccess',
    });
    await loginFails('victim@example.com', 'the attacker knows this one');
    // What the stranger wrote of the owner is gone too.
    const { user } = await app.login({ email: 'victim@example.com', password: 'only its owner knows' });
    expect(user.name).toBeNull();
  });

  it('voids every other sign-up for the address', async () => {
    const theirs = await app.signUp('contested@example.com', 'the attacker knows this one');
    const first = tokenIn(await app.mailbox.waitForLink('contested@example.com'));
    const mine = await app.signUp('contested@example.com', 'the owner chose this one');
    const second = tokenIn(await app.mailbox.waitForLink('contested@example.com', 2));

    expect(await verify({ token: second, receipt: mine })).toMatchObject({ __typename: 'VerifyEmailSuccess' });
    expect(await verify({ token: first, receipt: theirs })).toMatchObject({ __typename: 'InvalidToken' });
    await app.login({ email: 'contested@example.com', password: 'the owner chose this one' });
  });

  it('accepts a token once', async () => {
    const receipt = await app.signUp('once@example.com');
    const token = tokenIn(await app.mailbox.waitForLink('once@example.com'));
    const answers = await Promise.all(Array.from({ length: 10 }, () => verify({ token, receipt })));
    expect(answers.filter((answer) => answer?.__typename === 'VerifyEmailSuccess')).toHaveLength(1);
    expect(answers.filter((answer) => answer?.__typename === 'InvalidToken')).toHaveLength(9);
  });

  it('does not make an account that an administrator made meanwhile the claimant’s', async () => {
    const receipt = await app.signUp('meanwhile@example.com', 'the claimant chose this one');
    const token = tokenIn(await app.mailbox.waitForLink('meanwhile@example.com'));
    await app.createUser({ email: 'meanwhile@example.com', roles: ['ADMIN'], verified: false });
    expect(await verify({ token, receipt })).toMatchObject({ __typename: 'InvalidToken' });
    await loginFails('meanwhile@example.com', 'the claimant chose this one');
  });

  it('refuses a token after 24 hours', async () => {
    const receipt = await app.signUp('late@example.com');
    const token = tokenIn(await app.mailbox.waitForLink('late@example.com'));
    await app.database.query(`UPDATE auth_one_time_token SET expires_at = now() WHERE email_canonical = 'late@example.com'`);
    expect(await verify({ token, receipt })).toMatchObject({ __typename: 'InvalidToken' });
  });
});

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
      expect(refreshed.data?.refreshSession.__typename).toBe('InvalidRefreshToken');
    }
    await loginFails(user.email, PASSWORD);
    await app.login({ ...user, password: NEW_PASSWORD });
  });

  it('refuses a weak password and leaves everything as it was', async () => {
    const user = await app.newcomer();
    const input = { currentPassword: PASSWORD, newPassword: 'short' };
    const { data } = await app.send(ChangePasswordDocument, { input }, bearer(user.tokens.accessToken));
    expect(data?.changePassword).toMatchObject({ __typename: 'WeakPassword', reasons: ['TOO_SHORT'] });
    expect((await app.send(MeDocument, {}, bearer(user.tokens.accessToken))).status).toBe(200);
  });

  it('ends the session at the fifth wrong password', async () => {
    const user = await app.newcomer();
    const input = { currentPassword: 'this is not the password', newPassword: NEW_PASSWORD };
    const attempt = () => app.send(ChangePasswordDocument, { input }, bearer(user.tokens.accessToken));
    for (let count = 1; count <= 5; count += 1) {
      expect((await attempt()).data?.changePassword.__typename).toBe('InvalidCredentials');
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

  it('counts a present password that is too long to be one, and does not hash it', async () => {
    const user = await app.newcomer();
    const input = { currentPassword: 'x'.repeat(300), newPassword: NEW_PASSWORD };
    const { data } = await app.send(ChangePasswordDocument, { input }, bearer(user.tokens.accessToken));
    expect(data?.changePassword.__typename).toBe('InvalidCredentials');
    const [row] = await app.database.query('SELECT password_attempts FROM auth_session WHERE id = $1', [
      user.tokens.session.id,
    ]);
    expect(row).toEqual({ password_attempts: 1 });
  });

  it('takes once when two ask at the same time', async () => {
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
