import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore, noProof } from '../../support/core.js';
import { createLink } from '../../support/links.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const INVALID = { failure: 'INVALID_TOKEN' };
const NEW_PASSWORD = 'an entirely different one';

/** An unverified account with a name, and a link of its own. */
const createAccount = async (email: string, origin: 'ADMINISTRATOR' | 'IMPORT') => {
  const { id } = await core.createUser(email, false);
  await core.database.query(`UPDATE "user" SET origin = $2::auth_user_origin, name = 'Ada' WHERE id = $1`, [
    id,
    origin,
  ]);
  return { id, token: await createLink(core, { purpose: 'VERIFY_EMAIL', emailCanonical: email, userId: id }) };
};

const verify = (token: string, newPassword: string | null) =>
  core.auth.emailVerification.verify({ token, receipt: null, newPassword }, client);

describe('the verification of an account that an administrator created', () => {
  it('needs no password, and keeps the password and the profile', async () => {
    const { id, token } = await createAccount('created@example.com', 'ADMINISTRATOR');
    const before = await core.store.passwordCredentials.find(id);
    expect(await verify(token, null)).toMatchObject({ email: 'created@example.com' });
    const verified = { name: 'Ada', emailVerifiedAt: expect.any(Date) as Date };
    expect(await core.store.users.find(id)).toMatchObject(verified);
    expect(await core.store.passwordCredentials.find(id)).toEqual(before);
    expect(await core.eventTypesOf(id)).toEqual(['USER_CREATED', 'EMAIL_VERIFIED']);
  });

  it('uses its link once', async () => {
    const { token } = await createAccount('once@example.com', 'ADMINISTRATOR');
    expect([await verify(token, null), await verify(token, null)]).toMatchObject([
      { email: 'once@example.com' },
      INVALID,
    ]);
  });
});

describe('the verification of an imported account', () => {
  it('requires a new password, and its link stays valid until one is given', async () => {
    const { id, token } = await createAccount('imported@example.com', 'IMPORT');
    expect(await verify(token, null)).toEqual({ failure: 'PASSWORD_REQUIRED' });
    expect(await core.store.users.find(id)).toMatchObject({ emailVerifiedAt: null });
    expect(await verify(token, NEW_PASSWORD)).toMatchObject({ email: 'imported@example.com' });
  });

  it('replaces the password and removes the profile, which a stranger may have chosen', async () => {
    const { id, token } = await createAccount('cleared@example.com', 'IMPORT');
    expect(await verify(token, NEW_PASSWORD)).toMatchObject({ email: 'cleared@example.com' });
    expect(await core.store.users.find(id)).toMatchObject({ name: null });
    const login = (password: string) =>
      core.auth.login.withPassword({ email: 'cleared@example.com', password }, client, noProof);
    expect(await login(PASSWORD)).toEqual({ failure: 'INVALID_CREDENTIALS' });
    expect(await login(NEW_PASSWORD)).toHaveProperty('accessToken');
  });
});
