import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore, noProof } from '../../support/core.js';
import { createLink } from '../../support/links.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const NEW_PASSWORD = 'an entirely different one';

const signUp = async (email: string) => {
  const accepted = await core.auth.signUp({ email, password: PASSWORD, name: 'Ada', locale: 'en' }, client);
  if ('failure' in accepted) throw new Error(accepted.failure);
  const signUpId = (await core.store.signUps.findNewest(email))?.id ?? null;
  return { ...accepted, token: await createLink(core, { purpose: 'VERIFY_EMAIL', emailCanonical: email, signUpId }) };
};

const verify = (token: string, receipt: string | null, newPassword: string | null = null) =>
  core.auth.emailVerification.verify({ token, receipt, newPassword }, client);

const login = (email: string, password: string) => core.auth.login.withPassword({ email, password }, client, noProof);

describe('the verification of a sign-up', () => {
  it('creates a verified account with the password and profile of the sign-up when the receipt is presented', async () => {
    const { token, receipt } = await signUp('own@example.com');
    expect(await verify(token, receipt)).toMatchObject({ email: 'own@example.com' });
    const user = await core.store.users.findByAddress('own@example.com');
    expect(user).toMatchObject({ origin: 'SIGN_UP', name: 'Ada', locale: 'en', roles: ['USER'] });
    expect(user?.emailVerifiedAt).toBeInstanceOf(Date);
    expect(await core.eventTypesOf(user?.id ?? '')).toEqual(['EMAIL_VERIFIED']);
    expect(await login('own@example.com', PASSWORD)).toHaveProperty('accessToken');
  });

  it('requires a new password without the receipt, or with the receipt of another sign-up', async () => {
    const { token } = await signUp('required@example.com');
    const { receipt } = await signUp('other@example.com');
    expect(await verify(token, null)).toEqual({ failure: 'PASSWORD_REQUIRED' });
    expect(await verify(token, receipt)).toEqual({ failure: 'PASSWORD_REQUIRED' });
    expect(await core.store.users.findByAddress('required@example.com')).toBeUndefined();
  });

  it('creates an account with the new password and without the profile when there is no receipt', async () => {
    const { token } = await signUp('claimed@example.com');
    expect(await verify(token, null, NEW_PASSWORD)).toMatchObject({ email: 'claimed@example.com' });
    const user = await core.store.users.findByAddress('claimed@example.com');
    expect(user).toMatchObject({ name: null, locale: null });
    expect(await login('claimed@example.com', PASSWORD)).toEqual({ failure: 'INVALID_CREDENTIALS' });
    expect(await login('claimed@example.com', NEW_PASSWORD)).toHaveProperty('accessToken');
  });

  it('voids every other sign-up for the address', async () => {
    const first = await signUp('several@example.com');
    const second = await signUp('several@example.com');
    expect(await verify(second.token, second.receipt)).toMatchObject({ email: 'several@example.com' });
    expect(await verify(first.token, first.receipt)).toEqual({ failure: 'INVALID_TOKEN' });
    expect(await core.store.signUps.findNewest('several@example.com')).toBeUndefined();
  });
});
