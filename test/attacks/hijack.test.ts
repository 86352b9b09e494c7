import { Readable } from 'node:stream';

import bcrypt from 'bcrypt';

import { bearer, PASSWORD, startApp, type TestApp } from '../support/app.js';
import {
  ChangePasswordDocument,
  ConfirmEmailChangeDocument,
  DeleteMyAccountDocument,
  ExportMyDataDocument,
  RequestEmailChangeDocument,
  RequestPasswordResetDocument,
  ResendVerificationEmailDocument,
  ResetPasswordDocument,
  UpdateProfileDocument,
  VerifyEmailDocument,
} from '../support/generated/operations.js';
import { tokenIn } from '../support/mailbox.js';

const THEIRS = 'the stranger waits in the hall';
const OWN = 'a lantern by the quiet harbour';

let app: TestApp;

const start = (env: NodeJS.ProcessEnv) => {
  beforeAll(async () => {
    app = await startApp(env);
  });
  afterAll(() => app.close());
};

/** The token of the last mail with a link to an address, once all mail has arrived: mails arrive in any order. */
const lastToken = async (email: string) => {
  await app.idle();
  return tokenIn(await app.mailbox.waitForLink(email));
};

const change = (accessToken: string, newEmail: string, password: string) =>
  app.send(RequestEmailChangeDocument, { input: { newEmail, password } }, bearer(accessToken));

const confirm = async (token: string) =>
  (await app.send(ConfirmEmailChangeDocument, { input: { token } })).data?.confirmEmailChange.__typename;

const verify = async (token: string, receipt: string) =>
  (await app.send(VerifyEmailDocument, { input: { token, receipt } })).data?.verifyEmail.__typename;

const remove = (accessToken: string, password: string) =>
  app.send(DeleteMyAccountDocument, { input: { password } }, bearer(accessToken));

// Account pre-hijacking: what a squatter left in the account must not outlive the proof of its owner.
describe('D10: a squatter who could log in before the owner came', () => {
  start({ REQUIRE_VERIFIED_EMAIL: 'false' });

  const squat = async (email: string) => {
    await app.signUp(email, THEIRS);
    await app.idle();
    return (await app.login({ email, password: THEIRS })).accessToken;
  };

  it('keeps no link to an address of its own', async () => {
    const email = 'coveted@example.com';
    await change(await squat(email), 'evil@example.com', THEIRS);
    const stolen = await lastToken('evil@example.com');
    const receipt = await app.signUp(email, OWN);
    expect(await verify(await lastToken(email), receipt)).toBe('VerifyEmailSuccess');
    expect(await confirm(stolen)).toBe('InvalidTokenError');
    await app.login({ email, password: OWN });
  });

  it('leaves no deletion behind that comes after the owner’s verification', async () => {
    const email = 'doomed@example.com';
    await remove(await squat(email), THEIRS);
    const receipt = await app.signUp(email, OWN);
    expect(await verify(await lastToken(email), receipt)).toBe('VerifyEmailSuccess');
    const { user } = await app.login({ email, password: OWN });
    const rows = await app.database.query('SELECT erase_after FROM "user" WHERE id = $1', [user.id]);
    expect(rows).toEqual([{ erase_after: null }]);
  });

  it('leaves no deletion, no name and no device behind that outlives the owner’s reset', async () => {
    const email = 'reclaimed@example.com';
    const accessToken = await squat(email);
    await app.send(UpdateProfileDocument, { input: { name: 'Call this number' } }, bearer(accessToken));
    await remove(accessToken, THEIRS);
    await app.send(RequestPasswordResetDocument, { input: { email } });
    const input = { token: await lastToken(email), newPassword: OWN };
    expect((await app.send(ResetPasswordDocument, { input })).data?.resetPassword.__typename).toBe(
      'ResetPasswordSuccess',
    );
    const rows = await app.database.query(
      `SELECT name, erase_after, (SELECT count(*)::int FROM auth_known_device d WHERE d.user_id = u.id) AS devices
       FROM "user" u WHERE email_canonical = $1`,
      [email],
    );
    expect(rows).toEqual([{ name: null, erase_after: null, devices: 0 }]);
  });

  it('cannot void the link of the owner', async () => {
    const email = 'patient@example.com';
    const accessToken = await squat(email);
    const receipt = await app.signUp(email, OWN);
    const token = await lastToken(email);
    await remove(accessToken, THEIRS);
    expect(await verify(token, receipt)).toBe('VerifyEmailSuccess');
  });

  it('exports nothing of the owner of an address that has not been verified', async () => {
    const email = 'overheard@example.com';
    const accessToken = await squat(email);
    await app.signUp(email, OWN, 'Olga Owner');
    const input = { password: THEIRS };
    const { data } = await app.send(ExportMyDataDocument, { input }, bearer(accessToken));
    if (data?.exportMyData.__typename !== 'ExportMyDataSuccess') throw new Error(data?.exportMyData.__typename);
    const { signUps, events } = JSON.parse(data.exportMyData.json) as { signUps: object[]; events: object[] };
    expect(signUps).toEqual([]);
    const asked = events.filter((event) => 'actorKind' in event && event.actorKind === 'anonymous');
    expect(asked.length).toBeGreaterThan(1);
    for (const event of asked) expect(event).not.toHaveProperty('network');
  });

  it('loses its link to another address when the password of an unverified account changes', async () => {
    const user = await app.createUser({ verified: false });
    const [thief, owner] = [await app.login(user), await app.login(user)];
    await change(thief.accessToken, 'evil-too@example.com', PASSWORD);
    const stolen = await lastToken('evil-too@example.com');
    const input = { currentPassword: PASSWORD, newPassword: OWN };
    await app.send(ChangePasswordDocument, { input }, bearer(owner.accessToken));
    expect(await confirm(stolen)).toBe('InvalidTokenError');
  });
});

describe('D10: a password that was changed', () => {
  start({ REQUIRE_VERIFIED_EMAIL: 'false' });

  it('does not come back with the receipt of the sign-up', async () => {
    const email = 'rotated@example.com';
    const receipt = await app.signUp(email, PASSWORD);
    const token = await lastToken(email);
    const { accessToken } = await app.login({ email, password: PASSWORD });
    const input = { currentPassword: PASSWORD, newPassword: OWN };
    await app.send(ChangePasswordDocument, { input }, bearer(accessToken));
    expect(await verify(token, receipt)).toBe('PasswordRequiredError');
    await expect(app.login({ email, password: PASSWORD })).rejects.toThrow('INVALID_CREDENTIALS');
    await app.login({ email, password: OWN });
  });
});

describe('D10: an account that was imported, which a stranger had made where it comes from', () => {
  start({});

  const imported = async (email: string) => {
    const passwordHash = await bcrypt.hash(THEIRS, 4);
    const bytes = Buffer.from(JSON.stringify({ email, emailVerified: false, passwordHash, name: 'Call this number' }));
    const lines = Readable.from([{ number: 1, bytes }]);
    const options = { dryRun: false, actor: { kind: 'system' }, onRefused: () => undefined } as const;
    expect(await app.gatehouse.auth.bulkImport(lines, options)).toMatchObject({ imported: 1 });
  };

  it('is not verified with the password of another person', async () => {
    const email = 'brought-along@example.com';
    await imported(email);
    await app.send(ResendVerificationEmailDocument, { input: { email } });
    const token = await lastToken(email);
    const verified = async (input: { token: string; newPassword?: string }) =>
      (await app.send(VerifyEmailDocument, { input })).data?.verifyEmail.__typename;
    expect(await verified({ token })).toBe('PasswordRequiredError');
    expect(await verified({ token, newPassword: OWN })).toBe('VerifyEmailSuccess');
    await expect(app.login({ email, password: THEIRS })).rejects.toThrow('INVALID_CREDENTIALS');
    expect((await app.login({ email, password: OWN })).user.name).toBeNull();
  });
});

describe('C12: a user who asks to change to the address of another user', () => {
  start({});

  const probe = async (address: string, own: string) => {
    const spy = await app.newcomer();
    await change(spy.tokens.accessToken, own, PASSWORD);
    const first = await lastToken(own);
    await change(spy.tokens.accessToken, address, PASSWORD);
    await app.idle();
    const { data } = await app.send(
      ExportMyDataDocument,
      { input: { password: PASSWORD } },
      bearer(spy.tokens.accessToken),
    );
    if (data?.exportMyData.__typename !== 'ExportMyDataSuccess') throw new Error(data?.exportMyData.__typename);
    const { links } = JSON.parse(data.exportMyData.json) as { links: { purpose: string }[] };
    return { links: links.map(({ purpose }) => purpose), first: await confirm(first) };
  };

  it('learns whether it is taken neither from an earlier link nor from the export', async () => {
    const taken = await app.createUser();
    expect(await probe(taken.email, 'own-1@example.com')).toEqual(await probe('free@example.com', 'own-2@example.com'));
  });
});
