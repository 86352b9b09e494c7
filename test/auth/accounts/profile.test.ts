import { client, startCore, type TestCore } from '../../support/core.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const lastEventOf = async (userId: string) => (await core.store.securityEvents.listBySubject(userId, 1))[0];

describe('an update of the profile', () => {
  it('changes the fields that are given, keeps the others, and returns the user', async () => {
    const { caller } = await core.createCaller('updated@example.com');
    await core.auth.updateProfile(caller, { name: 'Ada', locale: 'de' }, client);
    const user = await core.auth.updateProfile(caller, { name: 'Ada Lovelace' }, client);
    expect(user).toMatchObject({ id: caller.userId, name: 'Ada Lovelace', locale: 'de' });
  });

  it('clears a field that is null', async () => {
    const { caller } = await core.createCaller('cleared@example.com');
    await core.auth.updateProfile(caller, { name: 'Ada', locale: 'de' }, client);
    expect(await core.auth.updateProfile(caller, { name: null }, client)).toMatchObject({ name: null, locale: 'de' });
  });

  it('stores a language tag in its canonical form, and refuses a text that is not one', async () => {
    const { caller } = await core.createCaller('language@example.com');
    expect(await core.auth.updateProfile(caller, { locale: 'EN-gb' }, client)).toMatchObject({ locale: 'en-GB' });
    const refused = await core.auth.updateProfile(caller, { name: 'Ada', locale: 'no locale' }, client);
    expect(refused).toEqual({ failure: 'INVALID_INPUT', fields: ['locale'] });
    expect(await core.store.users.find(caller.userId)).toMatchObject({ name: null, locale: 'en-GB' });
  });

  it('records the names of the changed fields, without their values', async () => {
    const { caller } = await core.createCaller('recorded@example.com');
    await core.auth.updateProfile(caller, { name: 'Ada', locale: null }, client);
    expect(await lastEventOf(caller.userId)).toMatchObject({
      type: 'PROFILE_UPDATED',
      actorId: caller.userId,
      detail: { fields: ['name', 'locale'] },
    });
  });

  it('records nothing when no field is given', async () => {
    const { caller } = await core.createCaller('unchanged@example.com');
    expect(await core.auth.updateProfile(caller, {}, client)).toMatchObject({ id: caller.userId });
    expect(await lastEventOf(caller.userId)).toMatchObject({ type: 'LOGIN_SUCCEEDED' });
  });
});
