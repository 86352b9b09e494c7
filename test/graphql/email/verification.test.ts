import { bearer, PASSWORD, startApp, type TestApp } from '../../support/app.js';
import {
  MeDocument,
  ResendVerificationEmailDocument,
  VerifyEmailDocument,
} from '../../support/generated/operations.js';
import { tokenIn } from '../../support/mailbox.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(() => app.close());

const resend = async (email: string) =>
  (await app.send(ResendVerificationEmailDocument, { input: { email } })).data?.resendVerificationEmail;

const verify = async (input: { token: string; receipt?: string; newPassword?: string }, to = app) =>
  (await to.send(VerifyEmailDocument, { input })).data?.verifyEmail;

const accepted = { __typename: 'ResendVerificationEmailSuccess', resendAfterSeconds: 60 };

const done = (email: string) => ({
  __typename: 'VerifyEmailSuccess',
  email,
  deviceToken: expect.any(String) as unknown,
});

const loginFails = async (email: string, password: string) =>
  expect(app.login({ email, password })).rejects.toThrow('INVALID_CREDENTIALS');

describe('resendVerificationEmail', () => {
  it('sends another link for a sign-up, with which the receipt still works, and makes the first one invalid', async () => {
    const email = 'patient@example.com';
    const receipt = await app.signUp(email);
    const first = tokenIn(await app.mailbox.waitForLink(email));
    expect(await resend('PATIENT@example.com')).toEqual(accepted);
    const second = tokenIn(await app.mailbox.waitForLink(email, 2));
    expect(await verify({ token: first, receipt })).toMatchObject({ __typename: 'InvalidTokenError' });
    expect(await verify({ token: second, receipt })).toEqual(done(email));
    await app.login({ email, password: PASSWORD });
  });

  it('lets an account that an administrator created be verified without a new password', async () => {
    const user = await app.createUser({ verified: false });
    await expect(app.login(user)).rejects.toThrow('EMAIL_NOT_VERIFIED');
    await resend(user.email);
    expect(await verify({ token: tokenIn(await app.mailbox.waitForLink(user.email)) })).toEqual(done(user.email));
    await app.login(user);
  });

  it('lets it be verified with a new password, which ends all earlier sessions', async () => {
    const user = await app.createUser({ verified: false });
    await resend(user.email);
    const token = tokenIn(await app.mailbox.waitForLink(user.email));
    expect(await verify({ token, newPassword: 'short' })).toMatchObject({ __typename: 'WeakPasswordError' });
    expect(await verify({ token, newPassword: 'an entirely different one' })).toEqual(done(user.email));
    await app.login({ email: user.email, password: 'an entirely different one' });
  });

  it('returns the same for an unknown and a verified address, and sends no email to either', async () => {
    const user = await app.createUser();
    expect([await resend('nobody@example.com'), await resend(user.email)]).toEqual([accepted, accepted]);
    const witness = await app.createUser({ verified: false });
    await resend(witness.email);
    await app.mailbox.waitFor(witness.email);
    expect([await app.mailbox.to('nobody@example.com'), await app.mailbox.to(user.email)]).toEqual([[], []]);
  });

  it('requires a new password for an account from a sign-up, once the sign-up has been removed', async () => {
    const lax = await startApp({ REQUIRE_VERIFIED_EMAIL: 'false' });
    const email = 'typed-by-a-stranger@example.com';
    await lax.signUp(email);
    const stranger = await lax.login({ email, password: PASSWORD });
    await lax.database.query('DELETE FROM auth_sign_up');
    await lax.send(ResendVerificationEmailDocument, { input: { email } });
    const token = tokenIn(await lax.mailbox.waitForLink(email, 2));
    expect(await verify({ token }, lax)).toMatchObject({ __typename: 'PasswordRequiredError' });
    expect(await verify({ token, newPassword: 'an entirely different one' }, lax)).toEqual(done(email));
    const { status } = await lax.send(MeDocument, {}, bearer(stranger.accessToken));
    await lax.close();
    expect(status).toBe(401);
  });
});

describe('verifyEmail', () => {
  it('requires a new password without the receipt, and does not use up the token', async () => {
    await app.signUp('victim@example.com', 'the attacker knows this one', 'Ring 555 0100');
    const token = tokenIn(await app.mailbox.waitForLink('victim@example.com'));

    expect(await verify({ token })).toMatchObject({ __typename: 'PasswordRequiredError' });
    expect(await verify({ token, receipt: 'x'.repeat(43) })).toMatchObject({ __typename: 'PasswordRequiredError' });
    expect(await verify({ token, newPassword: 'short' })).toMatchObject({
      __typename: 'WeakPasswordError',
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

  it('treats an empty new password and a malformed receipt as absent', async () => {
    const receipt = await app.signUp('blank@example.com');
    const token = tokenIn(await app.mailbox.waitForLink('blank@example.com'));
    const required = { __typename: 'PasswordRequiredError' };
    expect(await verify({ token, newPassword: '' })).toMatchObject(required);
    expect(await verify({ token, receipt: '', newPassword: '' })).toMatchObject(required);
    expect(await verify({ token, receipt: `${receipt}=` })).toMatchObject(required);
    expect(await verify({ token, receipt, newPassword: '' })).toEqual(done('blank@example.com'));
    await app.login({ email: 'blank@example.com', password: PASSWORD });
  });

  it('voids every other sign-up for the address', async () => {
    const theirs = await app.signUp('contested@example.com', 'the attacker knows this one');
    const first = tokenIn(await app.mailbox.waitForLink('contested@example.com'));
    const mine = await app.signUp('contested@example.com', 'the owner chose this one');
    const second = tokenIn(await app.mailbox.waitForLink('contested@example.com', 2));

    expect(await verify({ token: second, receipt: mine })).toMatchObject({ __typename: 'VerifyEmailSuccess' });
    expect(await verify({ token: first, receipt: theirs })).toMatchObject({ __typename: 'InvalidTokenError' });
    await app.login({ email: 'contested@example.com', password: 'the owner chose this one' });
  });

  it('accepts a token once', async () => {
    const receipt = await app.signUp('once@example.com');
    const token = tokenIn(await app.mailbox.waitForLink('once@example.com'));
    const answers = await Promise.all(Array.from({ length: 10 }, () => verify({ token, receipt })));
    expect(answers.filter((answer) => answer?.__typename === 'VerifyEmailSuccess')).toHaveLength(1);
    expect(answers.filter((answer) => answer?.__typename === 'InvalidTokenError')).toHaveLength(9);
  });

  it('does not give an account that an administrator created meanwhile to the person who signed up', async () => {
    const receipt = await app.signUp('meanwhile@example.com', 'the claimant chose this one');
    const token = tokenIn(await app.mailbox.waitForLink('meanwhile@example.com'));
    await app.createUser({ email: 'meanwhile@example.com', roles: ['ADMIN'], verified: false });
    expect(await verify({ token, receipt })).toMatchObject({ __typename: 'InvalidTokenError' });
    await loginFails('meanwhile@example.com', 'the claimant chose this one');
  });

  it('refuses a token after 24 hours', async () => {
    const receipt = await app.signUp('late@example.com');
    const token = tokenIn(await app.mailbox.waitForLink('late@example.com'));
    await app.database.query(
      `UPDATE auth_one_time_token SET expires_at = now() WHERE email_canonical = 'late@example.com'`,
    );
    expect(await verify({ token, receipt })).toMatchObject({ __typename: 'InvalidTokenError' });
  });
});
