import { bearer, startApp, type TestApp } from '../../support/app.js';
import { UpdateProfileDocument } from '../../support/generated/operations.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const update = async (accessToken: string, input: { name?: string | null; locale?: string | null }) =>
  (await app.send(UpdateProfileDocument, { input }, bearer(accessToken))).data?.updateProfile;

describe('updateProfile', () => {
  it('changes the given fields, keeps absent ones, and clears those that are null', async () => {
    const { tokens } = await app.newcomer();
    const change = (input: { name?: string | null; locale?: string | null }) => update(tokens.accessToken, input);
    expect(await change({ name: 'Ada', locale: 'de-at' })).toMatchObject({ user: { name: 'Ada', locale: 'de-AT' } });
    expect(await change({ name: ' Augusta ' })).toMatchObject({ user: { name: 'Augusta', locale: 'de-AT' } });
    expect(await change({ locale: null })).toMatchObject({ user: { name: 'Augusta', locale: null } });
    expect(await change({ name: null })).toMatchObject({ user: { name: null, locale: null } });
  });

  it('treats an empty string as null', async () => {
    const { tokens } = await app.newcomer();
    await update(tokens.accessToken, { name: 'Ada', locale: 'de' });
    expect(await update(tokens.accessToken, { name: '', locale: '' })).toMatchObject({
      user: { name: null, locale: null },
    });
  });

  it('returns the profile that others see, with the id of the user', async () => {
    const { id, tokens } = await app.newcomer();
    expect(await update(tokens.accessToken, { name: 'Ada' })).toMatchObject({
      user: { id, name: 'Ada' },
      profile: { id, name: 'Ada' },
    });
  });

  it('counts the characters of a name as code points', async () => {
    const { tokens } = await app.newcomer();
    const name = '🦉'.repeat(200);
    expect(await update(tokens.accessToken, { name })).toMatchObject({ user: { name } });
  });

  it('rejects an unknown language, and changes nothing', async () => {
    const { tokens } = await app.newcomer();
    for (const locale of ['xx', 'not a locale', 'de_AT', '../../etc/passwd'])
      expect(await update(tokens.accessToken, { name: 'Ada', locale })).toMatchObject({
        __typename: 'InvalidInputError',
        code: 'INVALID_INPUT',
        fields: ['locale'],
      });
    expect(await update(tokens.accessToken, {})).toMatchObject({ user: { name: null, locale: null } });
  });

  it('records no event if nothing changes', async () => {
    const { id, tokens } = await app.newcomer();
    expect(await update(tokens.accessToken, {})).toMatchObject({ user: { name: null } });
    const written = await app.database.query('SELECT type FROM auth_security_event WHERE subject_id = $1', [id]);
    expect(written).not.toContainEqual({ type: 'PROFILE_UPDATED' });
  });

  it('requires a logged-in user', async () => {
    const { status, errors } = await app.send(UpdateProfileDocument, { input: { name: 'Ada' } });
    expect([status, errors[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });
});
