import { bearer, startApp, type TestApp } from '../../support/app.js';
import { MySessionsDocument, UserSessionsDocument } from '../../support/generated/operations.js';

let app: TestApp;
let admin: Awaited<ReturnType<TestApp['newcomer']>>;

beforeAll(async () => {
  app = await startApp();
  admin = await app.newcomer('ADMIN');
});

afterAll(() => app.close());

const asAdmin = () => bearer(admin.tokens.accessToken);

const query = (text: string, headers: Record<string, string> = {}, variables: object = {}) =>
  app.post(JSON.stringify({ query: text, variables }), headers);

const viewsOf = (userId: string) =>
  app.database.query(
    `SELECT actor_id, correlation_id FROM auth_security_event WHERE type = 'USER_SESSIONS_VIEWED' AND subject_id = $1`,
    [userId],
  );

describe('User.sessions of the caller', () => {
  it('lists the live sessions, newest first, marks the current one, and is not recorded', async () => {
    const second = await app.login(admin);
    const { data } = await app.send(MySessionsDocument, {}, asAdmin());
    const sessions = data?.me?.sessions.map(({ id, current }) => ({ id, current }));
    expect(sessions).toEqual([
      { id: second.session.id, current: false },
      { id: admin.tokens.session.id, current: true },
    ]);
    const same = await app.send(UserSessionsDocument, { id: admin.id }, asAdmin());
    expect(same.data?.user?.sessions.map(({ id, current }) => ({ id, current }))).toEqual(sessions);
    expect(await viewsOf(admin.id)).toEqual([]);
  });

  it('lists them where a list of users includes the caller', async () => {
    const text = '{ users(filter: { role: ADMIN }) { nodes { sessions { current } } } }';
    const { errors } = await query(text, asAdmin());
    expect(errors).toEqual([]);
  });

  it('is part of the response to the login, in which the new session is the current one', async () => {
    const user = await app.createUser();
    const text = `mutation ($input: LoginInput!) {
      login(input: $input) { ... on LoginSuccess { session { id } user { sessions { id current } } } }
    }`;
    const { data } = await query(text, {}, { input: { email: user.email, password: user.password } });
    const { session, user: self } = data?.['login'] as { session: { id: string }; user: { sessions: unknown } };
    expect(self.sessions).toEqual([{ id: session.id, current: true }]);
  });
});

describe('User.sessions of another user', () => {
  it('is listed by user(id), and recorded once for a request', async () => {
    const user = await app.newcomer();
    const text = `query ($id: ID!) {
      user(id: $id) { sessions { id } again: sessions { current } }
      other: user(id: $id) { sessions { device } }
    }`;
    const { data, headers } = await query(text, asAdmin(), { id: user.id });
    expect(data).toEqual({
      user: { sessions: [{ id: user.tokens.session.id }], again: [{ current: false }] },
      other: { sessions: [{ device: 'Node.js' }] },
    });
    const view = { actor_id: admin.id, correlation_id: headers.get('x-request-id') };
    expect(await viewsOf(user.id)).toEqual([view]);
    await app.send(UserSessionsDocument, { id: user.id }, asAdmin());
    expect(await viewsOf(user.id)).toHaveLength(2);
  });

  it('is not recorded if the sessions are not selected', async () => {
    const user = await app.newcomer();
    await query('query ($id: ID!) { user(id: $id) { id } }', asAdmin(), { id: user.id });
    expect(await viewsOf(user.id)).toEqual([]);
  });

  it('is FORBIDDEN in a list of users', async () => {
    const user = await app.newcomer();
    const text = `{ users(filter: { search: "${user.email}" }) { edges { node { sessions { id } } } } }`;
    const { status, data, errors } = await query(text, asAdmin());
    expect({ status, data }).toEqual({ status: 200, data: { users: null } });
    const path = ['users', 'edges', 0, 'node', 'sessions'];
    expect(errors).toMatchObject([{ path, extensions: { code: 'FORBIDDEN' } }]);
    expect(await viewsOf(user.id)).toEqual([]);
  });

  describe('in a mutation of an administrator', () => {
    const mutations: readonly [name: string, type: string, further: string][] = [
      ['setUserRoles', 'SetUserRoles', ', roles: [ADMIN]'],
      ['disableUser', 'DisableUser', ''],
      ['enableUser', 'EnableUser', ''],
      ['revokeUserSessions', 'RevokeUserSessions', ''],
      ['unlockUser', 'UnlockUser', ''],
    ];
    const stateOf = async (userId: string) => ({
      users: await app.database.query(
        `SELECT disabled_at, ARRAY(SELECT role FROM auth_user_role WHERE user_id = u.id) AS roles FROM "user" u WHERE id = $1`,
        [userId],
      ),
      sessions: await app.database.query('SELECT revoked_at FROM auth_session WHERE user_id = $1', [userId]),
      events: await app.database.query('SELECT type FROM auth_security_event WHERE subject_id = $1', [userId]),
    });
    const refusal = { status: 403, code: 'FORBIDDEN', data: undefined };

    it.each(mutations)('%s is FORBIDDEN before anything is changed', async (name, type, further) => {
      const user = await app.newcomer();
      const before = await stateOf(user.id);
      const call = (id: string) => `${name}(input: { userId: ${id}${further} })`;
      const documents = [
        `mutation ($id: ID!) { ${call('$id')} { ... on ${type}Success { user { sessions { id } } } } }`,
        `mutation ($id: ID!) { a: ${call('$id')} { ... on ${type}Success { it: user { all: sessions { id } } } } }`,
        `mutation ($id: ID!) { ...Root } fragment Root on Mutation { ${call('$id')} { ...Result } }
         fragment Result on ${type}Success { user { ...Shared } } fragment Shared on User { id ... { ... on User { sessions { id } } } }`,
        `mutation ($id: ID!) { first: ${call('$id')} { __typename } ${call('$id')} { ... on ${type}Success { user { sessions { id } } } } }`,
        `mutation ($id: ID!, $yes: Boolean = true) { ${call('$id')} { ... on ${type}Success { user { sessions @include(if: $yes) { id } } } } }`,
        `mutation ($id: ID!) { ${call('$id')} { __typename } ${call('$id')} { ... on ${type}Success { user { sessions { id } } } } }`,
        `mutation ($id: ID!) { ${call('"nobody"')} { ... on ${type}Success { user { sessions { id } } } } self: ${call('$id')} { __typename } }`,
      ];
      for (const text of documents) {
        const { status, data, errors } = await query(text, asAdmin(), { id: user.id });
        expect({ status, code: errors[0]?.extensions.code, data }).toEqual(refusal);
      }
      expect(await stateOf(user.id)).toEqual(before);
    });

    it.each(mutations)('%s is made if the sessions are not included', async (name, type, further) => {
      const user = await app.newcomer();
      const text = `mutation ($id: ID!, $no: Boolean = false) {
        ${name}(input: { userId: $id${further} }) {
          ... on ${type}Success { user { id sessions @include(if: $no) { id } ...Sessions @skip(if: true) } }
        }
      }
      fragment Sessions on User { sessions { id } }`;
      const { data, errors } = await query(text, asAdmin(), { id: user.id });
      expect({ data, errors }).toEqual({ data: { [name]: { user: { id: user.id } } }, errors: [] });
    });

    it('is listed if the user is the caller', async () => {
      const text = `mutation ($id: ID!) {
        enableUser(input: { userId: $id }) { ... on EnableUserSuccess { user { sessions { current } } } }
      }`;
      const { data, errors } = await query(text, asAdmin(), { id: admin.id });
      expect(errors).toEqual([]);
      expect(data).toMatchObject({ enableUser: { user: { sessions: expect.any(Array) as unknown } } });
    });
  });
});
