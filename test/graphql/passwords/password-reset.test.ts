import { bearer, PASSWORD, startApp, type TestApp } from '../../support/app.js';
import {
  MeDocument,
  RefreshSessionDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
} from '../../support/generated/operations.js';
import { tokenIn } from '../../support/mailbox.js';

const NEW_PASSWORD = 'an entirely different one';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(() => app.close());

const request = async (email: string) => {
  const { status, data } = await app.send(RequestPasswordResetDocument, { input: { email } });
  return { status, result: data?.requestPasswordReset };
};

/** The token of the newest reset mail, of `count` mails that the address has by then. */
const mailedToken = async (email: string, count = 1) => tokenIn(await app.mailbox.waitForLink(email, count));

const reset = async (token: string, newPassword = NEW_PASSWORD) =>
  (await app.send(ResetPasswordDocument, { input: { token, newPassword } })).data?.resetPassword;

const accepted = {
  status: 200,
  result: { __typename: 'RequestPasswordResetSuccess', resendAfterSeconds: 60 },
};

const done = (email: string) => ({
  __typename: 'ResetPasswordSuccess',
  email,
  deviceToken: expect.any(String) as unknown,
});
const invalid = { __typename: 'InvalidTokenError', code: 'INVALID_TOKEN' };

describe('requestPasswordReset', () => {
  it('mails a link to the address of an account, and to no other', async () => {
    const user = await app.createUser({ email: 'forgetful@example.com' });
    expect(await request('nobody@example.com')).toEqual(accepted);
    expect(await request(user.email)).toEqual(accepted);
    const mail = await app.mailbox.waitFor(user.email);
    expect(mail.text).toContain(`${app.config.publicUrl}/reset-password?token=`);
    expect(await app.mailbox.to('nobody@example.com')).toEqual([]);
  });

  it('delivers to the stored spelling, regardless of the spelling in the request', async () => {
    await app.createUser({ email: 'Spelled.Out@example.com' });
    await request('spelled.out@example.COM');
    await app.mailbox.waitFor('Spelled.Out@example.com');
  });

  it('returns InvalidEmailError for a text that is not an address', async () => {
    expect(await request('not an address')).toMatchObject({ status: 200, result: { __typename: 'InvalidEmailError' } });
  });
});

describe('resetPassword', () => {
  it('sets the password, ends every session and begins none', async () => {
    const user = await app.newcomer();
    await request(user.email);
    const { accessToken, refreshToken } = user.tokens;
    expect(await reset(await mailedToken(user.email))).toEqual(done(user.email));

    const me = await app.send(MeDocument, {}, bearer(accessToken));
    expect([me.status, me.errors[0]?.extensions.reason]).toEqual([401, 'SESSION_REVOKED']);
    const refreshed = await app.send(RefreshSessionDocument, { input: { refreshToken: refreshToken ?? '' } });
    expect(refreshed.data?.refreshSession.__typename).toBe('InvalidRefreshTokenError');
    await expect(app.login({ email: user.email, password: PASSWORD })).rejects.toThrow('INVALID_CREDENTIALS');
    await app.login({ email: user.email, password: NEW_PASSWORD });
  });

  it('notifies the owner by email', async () => {
    const user = await app.createUser();
    await request(user.email);
    await reset(await mailedToken(user.email));
    expect((await app.mailbox.waitFor(user.email, 2)).text).toMatch(/password/i);
  });

  it('verifies the address, because the email proves it', async () => {
    const user = await app.createUser({ verified: false });
    await request(user.email);
    await reset(await mailedToken(user.email));
    const { user: today } = await app.login({ email: user.email, password: NEW_PASSWORD });
    expect(today.emailVerified).toBe(true);
  });

  it('does not let a disabled user in', async () => {
    const user = await app.createUser();
    await request(user.email);
    const token = await mailedToken(user.email);
    await app.database.query('UPDATE "user" SET disabled_at = now() WHERE id = $1', [user.id]);
    expect(await reset(token)).toEqual(done(user.email));
    await expect(app.login({ email: user.email, password: NEW_PASSWORD })).rejects.toThrow('INVALID_CREDENTIALS');
  });

  it('sets the first password of an account without one', async () => {
    const user = await app.createUser();
    await app.database.query('DELETE FROM auth_password_credential WHERE user_id = $1', [user.id]);
    await request(user.email);
    expect(await reset(await mailedToken(user.email))).toEqual(done(user.email));
    await app.login({ email: user.email, password: NEW_PASSWORD });
  });

  it('names the rules that a password breaks, and does not use up the link', async () => {
    const user = await app.createUser();
    await request(user.email);
    const token = await mailedToken(user.email);
    expect(await reset(token, 'short')).toMatchObject({ __typename: 'WeakPasswordError', reasons: ['TOO_SHORT'] });
    expect(await reset(token)).toEqual(done(user.email));
  });

  it('refuses a link that is an hour old', async () => {
    const user = await app.createUser();
    await request(user.email);
    const token = await mailedToken(user.email);
    await app.database.query(
      `UPDATE auth_one_time_token SET expires_at = expires_at - interval '1 hour' WHERE user_id = $1`,
      [user.id],
    );
    expect(await reset(token)).toMatchObject(invalid);
  });

  it('rejects a link if the account has another address by now', async () => {
    const user = await app.createUser();
    await request(user.email);
    const token = await mailedToken(user.email);
    await app.database.query(`UPDATE "user" SET email_canonical = 'elsewhere@example.com' WHERE id = $1`, [user.id]);
    expect(await reset(token)).toMatchObject(invalid);
  });
});
