import { bearer, PASSWORD, startApp, type TestApp } from '../../support/app.js';
import {
  ConfirmEmailChangeDocument,
  MeDocument,
  RequestEmailChangeDocument,
  VerifyEmailDocument,
} from '../../support/generated/operations.js';
import { tokenIn } from '../../support/mailbox.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(() => app.close());

interface Somebody {
  readonly email: string;
  readonly tokens: { readonly accessToken: string };
}

const request = async ({ tokens }: Somebody, newEmail: string, password = PASSWORD) =>
  (await app.send(RequestEmailChangeDocument, { input: { newEmail, password } }, bearer(tokens.accessToken))).data
    ?.requestEmailChange;

const confirm = async (token: string) =>
  (await app.send(ConfirmEmailChangeDocument, { input: { token } })).data?.confirmEmailChange;

const addressOf = async ({ tokens }: Somebody) =>
  (await app.send(MeDocument, {}, bearer(tokens.accessToken))).data?.me?.email;

const accepted = { __typename: 'RequestEmailChangeSuccess', resendAfterSeconds: 60 };
const invalid = { __typename: 'InvalidTokenError' };

describe('a change of address', () => {
  it('takes place when the link to the new address is used, and both addresses are notified', async () => {
    const user = await app.newcomer();
    expect(await request(user, 'Moved@example.com')).toEqual(accepted);
    const notice = await app.mailbox.waitFor(user.email);
    expect(notice.text).toContain('Moved@example.com');
    expect(notice.text).not.toContain('token=');
    expect(await addressOf(user)).toBe(user.email);

    const mail = await app.mailbox.waitFor('Moved@example.com');
    expect(mail.text).toContain(`${app.config.publicUrl}/confirm-email-change?token=`);
    expect(await confirm(tokenIn(mail))).toEqual({
      __typename: 'ConfirmEmailChangeSuccess',
      email: 'Moved@example.com',
    });
    expect(await addressOf(user)).toBe('Moved@example.com');
    expect((await app.mailbox.waitFor(user.email, 2)).text).toContain('Moved@example.com');
    await app.login({ email: 'moved@example.com', password: PASSWORD });
    await expect(app.login(user)).rejects.toThrow('INVALID_CREDENTIALS');
  });

  it('returns the same for an address that has an account, and has no effect', async () => {
    const [user, other] = [await app.newcomer(), await app.createUser()];
    expect(await request(user, other.email)).toEqual(accepted);
    await app.mailbox.waitFor(user.email);
    expect(await app.mailbox.to(other.email)).toEqual([]);
  });

  it('requires the password, and accepts five attempts at most', async () => {
    const user = await app.newcomer();
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect(await request(user, 'thief@example.com', 'not the password')).toMatchObject({
        __typename: 'InvalidCredentialsError',
      });
    const { status, errors } = await app.send(MeDocument, {}, bearer(user.tokens.accessToken));
    expect([status, errors[0]?.extensions.reason]).toEqual([401, 'SESSION_REVOKED']);
  });

  it('does not count the attempts of an owner who knows the password', async () => {
    const user = await app.newcomer();
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await request(user, 'once@example.com', 'not the password');
      expect(await request(user, `again-${attempt}@example.com`)).toEqual(accepted);
    }
  });

  it('rejects a malformed address', async () => {
    expect(await request(await app.newcomer(), 'not an address')).toMatchObject({ __typename: 'InvalidEmailError' });
  });

  it('leaves only the newest link valid', async () => {
    const user = await app.newcomer();
    await request(user, 'first-choice@example.com');
    const first = tokenIn(await app.mailbox.waitForLink('first-choice@example.com'));
    await request(user, 'second-choice@example.com');
    const second = tokenIn(await app.mailbox.waitForLink('second-choice@example.com'));
    expect(await confirm(first)).toMatchObject(invalid);
    expect(await confirm(second)).toMatchObject({ __typename: 'ConfirmEmailChangeSuccess' });
    expect(await confirm(second)).toMatchObject(invalid);
  });

  it('fails if another user has verified the address in the meantime', async () => {
    const user = await app.newcomer();
    const email = 'contested@example.com';
    await request(user, email);
    const token = tokenIn(await app.mailbox.waitForLink(email));
    const receipt = await app.signUp(email);
    const mail = await app.mailbox.waitFor(email, 2);
    await app.send(VerifyEmailDocument, { input: { token: tokenIn(mail), receipt } });
    expect(await confirm(token)).toMatchObject(invalid);
    await app.login({ email, password: PASSWORD });
    expect(await addressOf(user)).toBe(user.email);
  });
});
