import { bearer, PASSWORD, startApp, type TestApp } from '../../support/app.js';
import {
  ExportMyDataDocument,
  RevokeUserSessionsDocument,
  UpdateProfileDocument,
} from '../../support/generated/operations.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const update = async (accessToken: string, input: { name?: string | null; locale?: string | null }) =>
  (await app.send(UpdateProfileDocument, { input }, bearer(accessToken))).data?.updateProfile;

describe('exportMyData', () => {
  const ask = async (accessToken: string, password = PASSWORD) =>
    (await app.send(ExportMyDataDocument, { input: { password } }, bearer(accessToken))).data?.exportMyData;

  it('contains everything about the user, and no secret', async () => {
    const user = await app.newcomer();
    await update(user.tokens.accessToken, { name: 'Ada' });
    const result = await ask(user.tokens.accessToken);
    if (result?.__typename !== 'ExportMyDataSuccess') throw new Error(result?.__typename);
    const data = JSON.parse(result.json) as Record<string, unknown>;
    expect(data).toMatchObject({
      account: { id: user.id, email: user.email, name: 'Ada', roles: ['USER'] },
      password: { scheme: expect.stringContaining('$argon2id$') as string },
      sessions: [{ id: user.tokens.session.id, device: 'Node.js' }],
      knownDevices: [{ device: 'Node.js' }],
      links: [],
      signUps: [],
    });
    const types = (data['events'] as { type: string }[]).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['USER_CREATED', 'LOGIN_SUCCEEDED', 'PROFILE_UPDATED']));
    const [{ hash } = { hash: '' }] = (await app.database.query(
      'SELECT hash FROM auth_password_credential WHERE user_id = $1',
      [user.id],
    )) as { hash: string }[];
    const [salt = '', digest = ''] = hash.split('$').slice(-2);
    expect([result.json.includes(salt), result.json.includes(digest)]).toEqual([false, false]);
  });

  it('returns its text once, regardless of the number of aliases', async () => {
    const { tokens } = await app.newcomer();
    const query = `mutation { exportMyData(input: { password: "${PASSWORD}" }) {
      ... on ExportMyDataSuccess { json again: json }
    } }`;
    const { errors, data } = await app.post(JSON.stringify({ query }), bearer(tokens.accessToken));
    expect([data, errors[0]?.extensions.code]).toEqual([null, 'QUERY_TOO_COMPLEX']);
  });

  it('reveals nothing about other users who have acted on the account', async () => {
    const user = await app.newcomer();
    const admin = await app.newcomer('ADMIN');
    const theirs = { 'user-agent': 'Mozilla/5.0 (the administrator)' };
    const input = { userId: user.id };
    await app.send(RevokeUserSessionsDocument, { input }, { ...bearer(admin.tokens.accessToken), ...theirs });
    const { accessToken } = await app.login(user);
    const result = await ask(accessToken);
    if (result?.__typename !== 'ExportMyDataSuccess') throw new Error(result?.__typename);
    expect(result.json).toContain('SESSIONS_REVOKED');
    expect(result.json).not.toContain('the administrator');
    expect(result.json).not.toContain(admin.id);
  });

  it('names every table that contains data about a user', async () => {
    const user = await app.newcomer();
    const tables = (
      (await app.database.query(
        `SELECT DISTINCT table_name FROM information_schema.columns
         WHERE table_schema = current_schema() AND column_name IN ('user_id', 'subject_id', 'email_canonical')
         ORDER BY table_name`,
      )) as { table_name: string }[]
    ).map(({ table_name }) => table_name);
    // A new table must be added to the export too.
    expect(tables).toEqual([
      'auth_device_token',
      'auth_known_device',
      'auth_one_time_token',
      'auth_password_credential',
      'auth_security_event',
      'auth_session',
      'auth_sign_up',
      'auth_user_role',
      'user',
    ]);
    const result = await ask(user.tokens.accessToken);
    if (result?.__typename !== 'ExportMyDataSuccess') throw new Error(result?.__typename);
    expect(Object.keys(JSON.parse(result.json) as object)).toEqual([
      'exportedAt',
      'account',
      'password',
      'sessions',
      'knownDevices',
      'deviceTokens',
      'links',
      'signUps',
      'events',
    ]);
  });

  it('requires the password', async () => {
    const { tokens } = await app.newcomer();
    expect(await ask(tokens.accessToken, 'not the password')).toMatchObject({ __typename: 'InvalidCredentialsError' });
  });
});
