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
  (await app.send(ResendVerificationEmailDocument, { input: { email } })).data?.resendVerificationEmail.accepted;

const verify = async (input: { token: string; receipt?: string; newPassword?: string }, to = app) =>
  (await to.send(VerifyEmailDocument, { input })).data?.verifyEmail;

const done = { __typename: 'VerifyEmailSuccess' };

describe('resendVerificationEmail', () => {
  it('mails another link for a sign-up, with which the receipt is good as before, and voids the first', async () => {
    const email = 'patient@example.com';
    const receipt = await app.signUp(email);
    const first = tokenIn(await app.mailbox.waitForLink(email));
    expect(await resend('PATIENT@example.com')).toBe(true);
    const second = tokenIn(await app.mailbox.waitForLink(email, 2));
    expect(await verify({ token: first, receipt })).toMatchObject({ __typename: 'InvalidToken' });
    expect(await verify({ token: second, receipt })).toEqual(done);
    await app.login({ email, password: PASSWORD });
  });

  it('lets an account that an administrator made be verified as it is', async () => {
    const user = await app.createUser({ verified: false });
    await expect(app.login(user)).rejects.toThrow('EMAIL_NOT_VERIFIED');
    await resend(user.email);
    expect(await verify({ token: tokenIn(await app.mailbox.waitForLink(user.email)) })).toEqual(done);
    await app.login(user);
  });

  it('lets it be verified with a password of the owner’s own, which ends what began before', async () => {
    const user = await app.createUser({ verified: false });
    await resend(user.email);
    const token = tokenIn(await app.mailbox.waitForLink(user.email));
    expect(await verify({ token, newPassword: 'short' })).toMatchObject({ __typename: 'WeakPassword' });
    expect(await verify({ token, newPassword: 'an entirely different one' })).toEqual(done);
    await app.login({ email: user.email, password: 'an entirely different one' });
  });

  it('answers alike for an unknown address and for one that is verified, and mails neither', async () => {
    const user = await app.createUser();
    expect([await resend('nobody@example.com'), await resend(user.email)]).toEqual([true, true]);
    const witness = await app.createUser({ verified: false });
    await resend(witness.email);
    await app.mailbox.waitFor(witness.email);
    expect([await app.mailbox.to('nobody@example.com'), await app.mailbox.to(user.email)]).toEqual([[], []]);
  });

  it('demands a new password of an account that a sign-up made, once the sign-up is gone', async () => {
    const lax = await startApp({ REQUIRE_VERIFIED_EMAIL: 'false' });
    const email = 'typed-by-a-stranger@example.com';
    await lax.signUp(email);
    const stranger = await lax.login({ email, password: PASSWORD });
    await lax.database.query('DELETE FROM auth_sign_up');
    await lax.send(ResendVerificationEmailDocument, { input: { email } });
    const token = tokenIn(await lax.mailbox.waitForLink(email, 2));
    expect(await verify({ token }, lax)).toMatchObject({ __typename: 'PasswordRequired' });
    expect(await verify({ token, newPassword: 'an entirely different one' }, lax)).toEqual(done);
    const { status } = await lax.send(MeDocument, {}, bearer(stranger.accessToken));
    await lax.close();
    expect(status).toBe(401);
  });
});
