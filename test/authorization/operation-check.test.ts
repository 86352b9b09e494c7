import { bearer, PASSWORD, startApp, type TestApp } from '../support/app.js';
import { MeAndConfigDocument, MeDocument, UsersDocument } from '../support/generated/operations.js';
import { refusalOf, refusals } from '../support/refusals.js';

let app: TestApp;
let user: Awaited<ReturnType<TestApp['newcomer']>>;
let admin: Awaited<ReturnType<TestApp['newcomer']>>;

beforeAll(async () => {
  app = await startApp();
  user = await app.newcomer();
  admin = await app.newcomer('ADMIN');
});

afterAll(async () => {
  await app.close();
});

const asUser = () => bearer(user.tokens.accessToken);
const asAdmin = () => bearer(admin.tokens.accessToken);

const query = (document: string, headers: Record<string, string> = {}, variables: Record<string, unknown> = {}) =>
  app.post(JSON.stringify({ query: document, variables }), headers);

const me = (headers: Record<string, string>) => app.send(MeDocument, {}, headers);

const count = async (table: string) => {
  const [row] = (await app.database.query(`SELECT count(*)::int AS count FROM ${table}`)) as [{ count: number }];
  return row.count;
};

describe('an anonymous caller', () => {
  it('is refused every query of protected fields and every mutation with one', async () => {
    const documents = [
      '{ me { id } }',
      '{ me { id sessions { id } } }',
      '{ me { id } users { edges { cursor } } }',
      '{ users { edges { cursor } } }',
      'mutation { revokeAllSessions { revokedSessions } }',
      'mutation { logout { revokedSessions } revokeAllSessions { revokedSessions } }',
      'mutation { disableUser(input: { userId: "1" }) { __typename } }',
    ];
    for (const document of documents) expect(refusalOf(await query(document))).toEqual(refusals.missing);
  });
});

describe('a missing role', () => {
  it('is FORBIDDEN where every root field asks for it', async () => {
    expect(refusalOf(await app.send(UsersDocument, {}, asUser()))).toEqual(refusals.forbidden);
    const both = '{ users { edges { cursor } } user(id: "1") { id } }';
    expect(refusalOf(await query(both, asUser()))).toEqual(refusals.forbidden);
  });

  it('is FORBIDDEN where one root field of a mutation asks for it', async () => {
    const document = `mutation { logout { revokedSessions } disableUser(input: { userId: "${user.id}" }) { __typename } }`;
    expect(refusalOf(await query(document, asUser()))).toEqual(refusals.forbidden);
  });

  it('says only that it is missing', async () => {
    expect(JSON.parse((await app.send(UsersDocument, {}, asUser())).text)).toEqual({
      errors: [
        { message: 'You do not have permission to do this.', extensions: { code: 'FORBIDDEN', retryable: false } },
      ],
    });
  });

  it('leaves the other fields of a query, and says where it is missing', async () => {
    const { status, data, errors, headers } = await query('{ me { id } all: users { edges { cursor } } }', asUser());
    expect({ status, data }).toEqual({ status: 200, data: { me: { id: user.id }, all: null } });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ path: ['all'], extensions: { code: 'FORBIDDEN' } });
    expect(headers.get('www-authenticate')).toBeNull();
  });
});

describe('a query of public and protected fields', () => {
  it('returns the public fields to an anonymous caller, and an error at the path of each protected one', async () => {
    const answer = await app.send(MeAndConfigDocument, {});
    expect(answer).toMatchObject({ status: 200, data: { me: null, authConfig: { signUp: 'OPEN' } } });
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors[0]).toMatchObject({
      path: ['me'],
      extensions: { code: 'UNAUTHENTICATED', reason: 'MISSING' },
    });
    expect(answer.headers.get('www-authenticate')).toBeNull();
  });
});

describe('__typename and introspection', () => {
  it('are open by themselves', async () => {
    for (const headers of [{}, bearer('null')]) {
      expect((await query('{ __typename }', headers)).data).toEqual({ __typename: 'Query' });
      expect((await query('{ __schema { queryType { name } } }', headers)).status).toBe(200);
      expect((await query('mutation { __typename }', headers)).data).toEqual({ __typename: 'Mutation' });
    }
  });

  it('make no field next to them public', async () => {
    const documents = [
      '{ __typename me { id } }',
      '{ me { id } alias: __typename }',
      '{ __schema { queryType { name } } me { id } }',
      '{ __type(name: "User") { name } me { id } }',
      'mutation { __typename revokeAllSessions { revokedSessions } }',
    ];
    for (const document of documents) expect(refusalOf(await query(document))).toEqual(refusals.missing);
  });

  it('do not turn a refusal for a missing role into a partial answer', async () => {
    expect(refusalOf(await query('{ __typename users { edges { cursor } } }', asUser()))).toEqual(refusals.forbidden);
  });
});

describe('a protected field', () => {
  it.each([
    '{ ...F } fragment F on Query { me { id } }',
    '{ ... on Query { me { id } } }',
    '{ ... { me { id } } }',
    '{ ...A } fragment A on Query { ...B } fragment B on Query { me { id } }',
    '{ authConfig: me { id } }',
    '{ a: me { id } b: me { id } c: __typename }',
    '{ me @include(if: true) { id } }',
    '{ me @skip(if: false) { id } }',
    '{ me @skip(if: true) { id } me { id } }',
    '{ me @skip(if: true) { id } ... { me { id } } }',
    'query ($no: Boolean = false) { me { id } authConfig @include(if: $no) { signUp } }',
    'query Q($id: ID = "1") { user(id: $id) { id } }',
  ])('is protected however it is written: %s', async (document) => {
    expect(refusalOf(await query(document))).toEqual(refusals.missing);
  });

  it.each([
    '{ authConfig { signUp } me @include(if: false) { id } }',
    '{ authConfig { signUp } me @skip(if: true) { id } }',
    '{ authConfig { signUp } ...F @skip(if: true) } fragment F on Query { me { id } }',
    '{ authConfig { signUp } ... @include(if: false) { me { id } } }',
    'query ($yes: Boolean = true) { authConfig { signUp } me @skip(if: $yes) { id } }',
    '{ me: authConfig { signUp } }',
  ])('needs no authentication when it is left out: %s', async (document) => {
    const { status, errors } = await query(document, bearer('null'));
    expect({ status, errors }).toEqual({ status: 200, errors: [] });
  });

  it('follows the variables of @include and @skip', async () => {
    const document = 'query ($on: Boolean!) { authConfig { signUp } me @include(if: $on) { id } }';
    expect((await query(document, bearer('null'), { on: false })).status).toBe(200);
    expect(refusalOf(await query(document, bearer('null'), { on: true }))).toEqual(refusals.tokenInvalid);
  });

  it('is what its operationName names', async () => {
    const document = 'query Open { authConfig { signUp } } query Closed { me { id } }';
    const ask = (operationName: string) => app.post(JSON.stringify({ query: document, operationName }), bearer('null'));
    expect((await ask('Open')).status).toBe(200);
    expect(refusalOf(await ask('Closed'))).toEqual(refusals.tokenInvalid);
  });
});

describe('a mutation with a refused root field', () => {
  const login = () => `login(input: { email: "${user.email}", password: "${PASSWORD}" }) { __typename }`;

  it('runs nothing, wherever the field stands and however it is written', async () => {
    const documents = [
      `mutation { ${login()} revokeAllSessions { revokedSessions } }`,
      `mutation { revokeAllSessions { revokedSessions } ${login()} }`,
      `mutation { ${login()} ...F } fragment F on Mutation { revokeAllSessions { revokedSessions } }`,
      `mutation { ${login()} ... @include(if: true) { revokeAllSessions { revokedSessions } } }`,
      `mutation { ${login()} logout: disableUser(input: { userId: "${user.id}" }) { __typename } }`,
    ];
    const before = {
      sessions: await count('auth_session'),
      events: await count(`auth_security_event WHERE type <> 'ACCESS_DENIED'`),
    };
    for (const document of documents) expect(refusalOf(await query(document))).toEqual(refusals.missing);
    expect({
      sessions: await count('auth_session'),
      events: await count(`auth_security_event WHERE type <> 'ACCESS_DENIED'`),
    }).toEqual(before);
  });

  it('runs nothing for an ordinary user who adds an administrator’s field', async () => {
    const before = {
      sessions: await count('auth_session'),
      events: await count(`auth_security_event WHERE type <> 'ACCESS_DENIED'`),
    };
    const document = `mutation { logout { revokedSessions } ${login()} disableUser(input: { userId: "${admin.id}" }) { __typename } }`;
    expect(refusalOf(await query(document, asUser()))).toEqual(refusals.forbidden);
    expect({
      sessions: await count('auth_session'),
      events: await count(`auth_security_event WHERE type <> 'ACCESS_DENIED'`),
    }).toEqual(before);
    expect((await me(asUser())).status).toBe(200);
    expect((await me(asAdmin())).status).toBe(200);
  });

  it('runs when the field is left out', async () => {
    const document = `mutation { ${login()} revokeAllSessions @include(if: false) { revokedSessions } }`;
    expect((await query(document)).data).toEqual({ login: { __typename: 'LoginSuccess' } });
  });
});
