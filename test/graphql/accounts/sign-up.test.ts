import { bearer, PASSWORD, startApp, type TestApp } from '../../support/app.js';
import {
  AuthConfigDocument,
  MeDocument,
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
  it('leads to an account that can log in, with the link in the email and the receipt', async () => {
    const receipt = await app.signUp('grace@example.com', PASSWORD, 'Grace');
    await loginFails('grace@example.com', PASSWORD);

    const mail = await app.mailbox.waitFor('grace@example.com');
    expect(await verify({ token: tokenIn(mail), receipt })).toMatchObject({ __typename: 'VerifyEmailSuccess' });
    const { user } = await app.login({ email: 'grace@example.com', password: PASSWORD });
    expect(user).toMatchObject({ emailVerified: true, name: 'Grace', roles: ['USER'] });
  });

  it('returns the same for an address that has an account, and only its owner learns that it does', async () => {
    const user = await app.createUser();
    const answer = async (email: string) => {
      const { status, text } = await app.send(SignUpDocument, { input: { email, password: PASSWORD } });
      return { status, text: text.replace(/"receipt":"[\w-]{43}"/, '"receipt":""') };
    };
    expect(await answer(user.email)).toEqual(await answer('stranger@example.com'));

    const mail = await app.mailbox.waitFor(user.email);
    expect(mail.subject).toBe('You already have an account');
    expect(mail.text).not.toContain('token=');
  });

  it('writes to the owner of an account in the language of the account, regardless of the sign-up', async () => {
    const user = await app.createUser();
    await app.database.query(`UPDATE "user" SET locale = 'de' WHERE id = $1`, [user.id]);
    await app.send(SignUpDocument, { input: { email: user.email, password: PASSWORD, locale: 'en' } });
    expect((await app.mailbox.waitFor(user.email)).subject).toBe('Sie haben bereits ein Konto');
  });

  it('writes to an unknown address in the language of the sign-up, or otherwise in the preferred language of the browser', async () => {
    const german = { 'accept-language': 'en;q=0.5, de-CH' };
    const subjectFor = async (email: string, locale?: string) => {
      await app.send(SignUpDocument, { input: { email, password: PASSWORD, locale } }, german);
      return (await app.mailbox.waitFor(email)).subject;
    };
    expect(await subjectFor('heidi@example.com')).toBe('Bestätigen Sie Ihre E-Mail-Adresse');
    expect(await subjectFor('emily@example.com', 'en')).toBe('Confirm your email address');
  });

  it('treats an empty name and locale as null, and ignores white space around the address', async () => {
    const input = { email: ' Hedy@example.com\n', password: PASSWORD, name: '', locale: '' };
    const { data } = await app.send(SignUpDocument, { input });
    if (data?.signUp.__typename !== 'SignUpSuccess') throw new Error(data?.signUp.__typename);
    const { receipt } = data.signUp;
    const verified = await verify({ token: tokenIn(await app.mailbox.waitForLink('Hedy@example.com')), receipt });
    expect(verified).toEqual({
      __typename: 'VerifyEmailSuccess',
      email: 'Hedy@example.com',
      deviceToken: expect.any(String) as unknown,
    });
    const { user } = await app.login({ email: 'hedy@example.com', password: PASSWORD });
    expect(user).toMatchObject({ email: 'Hedy@example.com', name: null, locale: null });
  });

  it('rejects a malformed address', async () => {
    const { data } = await app.send(SignUpDocument, { input: { email: 'not an address', password: PASSWORD } });
    expect(data?.signUp).toMatchObject({ __typename: 'InvalidEmailError', code: 'INVALID_EMAIL' });
  });

  it('names every rule that a password breaks', async () => {
    const { data } = await app.send(SignUpDocument, { input: { email: 'barbara@example.com', password: 'barbara' } });
    expect(data?.signUp).toMatchObject({
      __typename: 'WeakPasswordError',
      reasons: ['TOO_SHORT', 'CONTAINS_PERSONAL_WORD'],
    });
  });

  it('is closed if SIGN_UP is closed', async () => {
    const closed = await startApp({ SIGN_UP: 'closed' });
    const { data } = await closed.send(SignUpDocument, { input: { email: 'a@example.com', password: PASSWORD } });
    const config = await closed.send(AuthConfigDocument, {});
    await closed.close();
    expect(data?.signUp).toMatchObject({ __typename: 'SignUpClosedError' });
    expect(config.data?.authConfig.signUp).toBe('CLOSED');
  });

  it('creates an account that can log in at once if REQUIRE_VERIFIED_EMAIL is false', async () => {
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
