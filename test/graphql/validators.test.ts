import { gzipSync } from 'node:zlib';

import { bearer, PASSWORD, startApp, type Answer, type TestApp } from '../support/app.js';
import { measureCpu } from '../support/cpu.js';
import { LoginDocument } from '../support/generated/operations.js';
import { sendRaw } from '../support/raw-http.js';

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

/** Stands in every input of this suite, and in no answer. */
const CANARY = 'kanarienvogel';

const tables = [
  '"user"',
  'auth_password_credential',
  'auth_user_role',
  'auth_sign_up',
  'auth_session',
  'auth_one_time_token',
  'auth_queue_entry',
  'auth_security_event',
];

const counts = async () => {
  const columns = tables.map(
    (table) => `(SELECT count(*)::int FROM ${table}) AS ${table === '"user"' ? 'users' : table}`,
  );
  return (await app.database.query(`SELECT ${columns.join(', ')}`))[0];
};

let before: unknown;
let linesBefore: number;

beforeEach(async () => {
  before = await counts();
  linesBefore = app.log.length;
});

/** The code as JSON, nothing stored, nothing echoed into answer or log, no fault of ours, and the process lives. */
const isRefused = async (answer: Answer<unknown>, expected: { status: number; code: string }) => {
  const { status, errors, data, text, headers } = answer;
  expect({ status, code: errors[0]?.extensions.code }).toEqual(expected);
  expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([]);
  expect(headers.get('content-type')).toMatch(/^application\/(json|graphql-response\+json); charset=utf-8$/);
  expect(text).not.toMatch(new RegExp(CANARY, 'i'));
  const lines = app.log.slice(linesBefore);
  expect(lines.filter((line) => line.toLowerCase().includes(CANARY) || line.includes('"level":50'))).toEqual([]);
  expect(await counts()).toEqual(before);
  expect((await app.post('{"query":"{ __typename }"}')).status).toBe(200);
};

const badRequest = { status: 400, code: 'BAD_REQUEST' };
const parseFailed = { status: 400, code: 'GRAPHQL_PARSE_FAILED' };
const validationFailed = { status: 400, code: 'GRAPHQL_VALIDATION_FAILED' };
const badInput = { status: 400, code: 'BAD_USER_INPUT' };
const tooLarge = { status: 413, code: 'BAD_REQUEST' };

const signUp = 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }';
const login = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
const verifyEmail = 'mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) { __typename } }';
const refresh = 'mutation ($input: RefreshSessionInput) { refreshSession(input: $input) { __typename } }';
const logout = 'mutation ($input: LogoutInput) { logout(input: $input) { done } }';
const change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { __typename } }';
const revoke = 'mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { __typename } }';
const disable = 'mutation ($input: UserIdInput!) { disableUser(input: $input) { __typename } }';
const setRoles = 'mutation ($input: SetUserRolesInput!) { setUserRoles(input: $input) { __typename } }';

const send = (query: string, input: unknown, headers: Record<string, string> = {}) =>
  app.post(JSON.stringify({ query, variables: { input } }), headers);

const email = `${CANARY}@example.com`;
const password = `${CANARY} ${PASSWORD}`;

describe('a body that is no GraphQL request', () => {
  it.each([
    ['nothing', ''],
    ['white space', '  \n '],
    ['half of an object', `{"query": "{ me { id } }", "${CANARY}`],
    ['a text without quotes', CANARY],
    ['a comma too many', `{"query":"{ me { id } }","variables":{"${CANARY}":1,}}`],
    ['single quotes', `{'query':'{ ${CANARY} }'}`],
    ['two objects', `{"query":"{ me { id } }"}{"${CANARY}":1}`],
    ['a byte order mark', `\ufeff{"${CANARY}":1}`],
    ['a NUL', `{"query":"\0${CANARY}"}`],
    ['null', 'null'],
    ['a number', '1'],
    ['a text', `"${CANARY}"`],
    ['an array', `["${CANARY}"]`],
    ['an empty object', '{}'],
    ['no query', `{"variables":{"a":"${CANARY}"}}`],
    ['a query that is null', `{"query":null,"a":"${CANARY}"}`],
    ['a query that is a number', `{"query":1,"a":"${CANARY}"}`],
    ['a query that is an object', `{"query":{"${CANARY}":1}}`],
    ['an empty query', '{"query":""}'],
    ['variables that are a text', `{"query":"{ __typename }","variables":"${CANARY}"}`],
    ['variables that are an array', `{"query":"{ __typename }","variables":["${CANARY}"]}`],
    ['an operationName that is a number', `{"query":"{ __typename }","operationName":1,"a":"${CANARY}"}`],
    ['an operationName that nobody defined', `{"query":"{ __typename }","operationName":"${CANARY}"}`],
    ['two operations and no name', `{"query":"query ${CANARY}A { __typename } query ${CANARY}B { __typename }"}`],
    ['extensions that are a text', `{"query":"{ __typename }","extensions":"${CANARY}"}`],
    ['a prototype', `{"query":"{ __typename }","__proto__":{"${CANARY}":1}}`],
    ['a constructor', `{"query":"{ __typename }","constructor":{"prototype":{"${CANARY}":1}}}`],
  ])('is BAD_REQUEST: %s', async (_description, body) => isRefused(await app.post(body), badRequest));

  it('is BAD_REQUEST when its bytes are no UTF-8', async () => {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.concat([Buffer.from(`{"query":"{ ${CANARY} `), Buffer.from([0xff, 0xfe, 0xc0]), Buffer.from('}"}')]),
    });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain(CANARY);
  });

  it.each(['utf-16', 'iso-8859-1', CANARY])('is no fault of ours in the charset %s', async (charset) => {
    const { status } = await app.post('{"query":"{ __typename }"}', {
      'content-type': `application/json; charset=${charset}`,
    });
    expect([200, 400, 415]).toContain(status);
  });

  it('is refused when it is packed, though the bomb in it be small', async () => {
    const body = gzipSync(JSON.stringify({ query: '{ __typename }', variables: { a: CANARY.repeat(1_000_000) } }));
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body,
    });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });

  it('is refused when it is longer or shorter than it says', async () => {
    const head = (length: string) =>
      `POST /graphql HTTP/1.1\nContent-Type: application/json\nContent-Length: ${length}`;
    const body = `{"query":"{ ${CANARY} }"}`;
    await isRefused(await sendRaw(app.url, head('5'), body), badRequest);
    await isRefused(await sendRaw(app.url, head('-1'), body), badRequest);
    await isRefused(await sendRaw(app.url, head('1e9'), body), badRequest);
    await isRefused(await sendRaw(app.url, head('200000'), body), tooLarge);
  });
});

describe('a document', () => {
  it.each([
    ['no GraphQL', CANARY],
    ['never closed', `{ ${CANARY}`],
    ['a string never closed', `{ user(id: "${CANARY}) { id } }`],
    ['an empty selection', `{ ${CANARY} { } }`],
    ['a wrong escape', `{ user(id: "${CANARY}\\x") { id } }`],
    ['a lone surrogate', `{ user(id: "${CANARY}\ud800") { id } }`],
    ['a lone surrogate in an escape', `{ user(id: "${CANARY}\\ud800") { id } }`],
    ['white space', '  '],
  ])('that does not parse is GRAPHQL_PARSE_FAILED: %s', async (_description, query) =>
    isRefused(await app.post(JSON.stringify({ query })), parseFailed),
  );

  it.each([
    ['a fragment that is not there', `{ ...${CANARY} }`],
    ['a directive that is not there', `{ __typename @${CANARY} }`],
    ['a text for a number', `{ users(first: "${CANARY}") { edges { cursor } } }`],
    [
      'an enum value that is none',
      `mutation { setUserRoles(input: { userId: "1", roles: [${CANARY}] }) { __typename } }`,
    ],
    ['a list for a text', `mutation { login(input: { email: "a", password: ["${CANARY}"] }) { __typename } }`],
    ['an input without what it needs', `mutation { login(input: { email: "${CANARY}" }) { __typename } }`],
    ['a subscription', `subscription ${CANARY} { __typename }`],
  ])('that does not fit the schema is GRAPHQL_VALIDATION_FAILED: %s', async (_description, query) =>
    isRefused(await app.post(JSON.stringify({ query })), validationFailed),
  );

  it.each([
    ['{ mee { id } }', 'Cannot query field "mee" on type "Query".'],
    ['{ user(idd: "1") { id } }', 'Unknown argument "idd" on field "Query.user".'],
    ['{ user { id } }', 'Field "user" argument "id" of type "ID!" is required, but it was not provided.'],
    ['query ($a: Idd) { user(id: $a) { id } }', 'Unknown type "Idd".'],
    [
      'mutation { login(input: { email: "a", password: "b", pasword: 1 }) { __typename } }',
      'Field "pasword" is not defined by type "LoginInput".',
    ],
    ['query ($id: ID!) { user(id: $id) { id } }', 'Variable "$id" of required type "ID!" was not provided.'],
  ])('names what does not exist, and never suggests a name: %s', async (query, message) => {
    const { status, errors, text } = await app.post(JSON.stringify({ query }));
    expect({ status, messages: errors.map((error) => error.message) }).toEqual({ status: 400, messages: [message] });
    expect(text).not.toMatch(/did you mean/i);
  });
});

describe('variables of another type', () => {
  it.each([
    ['an input that is missing', undefined],
    ['an input that is null', null],
    ['an input that is a text', CANARY],
    ['an input that is an array of two', [CANARY, CANARY]],
    ['a field that is missing', { email }],
    ['a field that is null', { email, password: null }],
    ['a field that is a number', { email, password: 4711 }],
    ['a field that is a boolean', { email, password: true }],
    ['a field that is an array', { email, password: [password] }],
    ['a field that is an object', { email, password: { [CANARY]: password } }],
    ['a field that is deep', { email, password: { a: [{ b: [{ c: [password] }] }] } }],
    ['a field too many', { email, password, [CANARY]: password }],
    ['a field that is an operator', { email: { $ne: CANARY }, password: { $gt: '' } }],
  ])('are BAD_USER_INPUT: %s', async (_description, input) => isRefused(await send(login, input), badInput));

  it.each([
    ['roles that are none', { userId: '1', roles: [CANARY] }],
    ['roles in lower case', { userId: '1', roles: ['admin'] }],
    ['roles that are an object', { userId: '1', roles: { [CANARY]: 'ADMIN' } }],
    ['a role that is null', { userId: '1', roles: [null] }],
    ['roles in a list of lists', { userId: '1', roles: [[CANARY]] }],
    ['an id that is an object', { userId: { [CANARY]: 1 }, roles: [] }],
    ['an id that is a fraction', { userId: 1.5, roles: [] }],
  ])('are BAD_USER_INPUT also for an administrator: %s', async (_description, input) =>
    isRefused(await send(setRoles, input, bearer(admin.tokens.accessToken)), badInput),
  );

  it.each([
    ['a number past 32 bits', { first: 2 ** 31 }],
    ['a fraction', { first: 1.5 }],
    ['a text', { first: CANARY }],
    ['null', { first: null }],
    ['none', { first: 0 }],
    ['fewer than none', { first: -1 }],
    ['too many', { first: 101 }],
    ['a cursor that is none', { first: 1, after: CANARY }],
    ['a cursor of another kind', { first: 1, after: Buffer.from(`post:${CANARY}`).toString('base64url') }],
    [
      'a cursor with something behind',
      { first: 1, after: Buffer.from(`user:' OR 1=1 --${CANARY}`).toString('base64url') },
    ],
  ])('are BAD_USER_INPUT in a page of users: %s', async (_description, variables) => {
    const query = 'query ($first: Int!, $after: String) { users(first: $first, after: $after) { edges { cursor } } }';
    await isRefused(await app.post(JSON.stringify({ query, variables }), bearer(admin.tokens.accessToken)), badInput);
  });

  it.each([
    "'",
    "' OR '1'='1",
    '%',
    '\\',
    '\\u0000',
    '"; DROP TABLE "user"; --',
    '${7*7}',
    '{{7*7}}',
    '../../etc/passwd',
    '\u202e',
    '🦆',
  ])('do no harm as a search or an id: %j', async (text) => {
    const query =
      'query ($id: ID!, $search: String) { user(id: $id) { id } users(search: $search) { edges { cursor } } }';
    const headers = bearer(admin.tokens.accessToken);
    const { status, errors } = await app.post(
      JSON.stringify({ query, variables: { id: text, search: text } }),
      headers,
    );
    expect({ status, errors }).toEqual({ status: 200, errors: [] });
    expect(await counts()).toEqual(before);
  });

  it.each(['\0', 'a\0b', '\ud800', 'a\udfffb', 'x'.repeat(50_000), '\u0007'])(
    'are no fault of ours as a search, an id or a cursor that no database takes (%#)',
    async (text) => {
      const headers = bearer(admin.tokens.accessToken);
      for (const document of [
        'query ($text: ID!) { user(id: $text) { id } }',
        'query ($text: String!) { users(search: $text) { edges { cursor } } }',
        'query ($text: String!) { users(after: $text) { edges { cursor } } }',
      ]) {
        const { status, errors } = await app.post(JSON.stringify({ query: document, variables: { text } }), headers);
        expect([200, 400]).toContain(status);
        for (const { extensions } of errors) expect(extensions.code).toBe('BAD_USER_INPUT');
      }
    },
  );
});

describe('text that is too long, empty, or holds what no text holds', () => {
  const asUser = () => bearer(user.tokens.accessToken);
  const asAdmin = () => bearer(admin.tokens.accessToken);

  const texts: [string, string][] = [
    ['empty', ''],
    ['too long', `${CANARY}${'x'.repeat(2000)}`],
    ['a lone high surrogate', `${CANARY}\ud800`],
    ['a lone low surrogate', `\udc00${CANARY}`],
    ['surrogates the wrong way round', `${CANARY}\udc00\ud800`],
  ];

  const lines: [string, string][] = [
    ...texts,
    ['a NUL', `${CANARY}\0@example.com`],
    ['a line break', `${CANARY}@example.com\r\nBcc: ${CANARY}@evil.example`],
    ['a tab', `${CANARY}\t@example.com`],
    ['a C1 control', `${CANARY}\u0085@example.com`],
    ['a DEL', `${CANARY}\u007f@example.com`],
  ];

  it.each(lines)('is BAD_USER_INPUT as an address, a name, a locale: %s', async (_description, text) => {
    await isRefused(await send(signUp, { email: text, password }), badInput);
    await isRefused(await send(signUp, { email, password, name: text }), badInput);
    await isRefused(await send(signUp, { email, password, locale: text }), badInput);
    await isRefused(await send(login, { email: text, password }), badInput);
  });

  it.each(texts)('is BAD_USER_INPUT as a password: %s', async (_description, text) => {
    await isRefused(await send(signUp, { email, password: text }), badInput);
    await isRefused(await send(login, { email, password: text }), badInput);
    await isRefused(await send(verifyEmail, { token: 'x', newPassword: text }), badInput);
    await isRefused(await send(change, { currentPassword: text, newPassword: password }, asUser()), badInput);
    await isRefused(await send(change, { currentPassword: password, newPassword: text }, asUser()), badInput);
  });

  it.each(lines)('is just no token as a token, so that it never stands in the way: %s', async (_description, text) => {
    const answers = [
      await send(refresh, { refreshToken: text }),
      await send(logout, { refreshToken: text }),
      await send(verifyEmail, { token: text }),
      await send(verifyEmail, { token: 'x', receipt: text }),
    ];
    expect(answers.map(({ status, errors }) => ({ status, errors }))).toEqual(
      answers.map(() => ({ status: 200, errors: [] })),
    );
    expect(answers.map((answer) => answer.text).join()).not.toMatch(new RegExp(`${CANARY}|Success"`, 'i'));
  });

  it.each(lines)('is BAD_USER_INPUT as an id: %s', async (_description, text) => {
    await isRefused(await send(revoke, { sessionId: text }, asUser()), badInput);
    await isRefused(await send(disable, { userId: text }, asAdmin()), badInput);
    await isRefused(await send(setRoles, { userId: text, roles: ['USER'] }, asAdmin()), badInput);
  });

  it('names the fields that are not acceptable, and nothing of what is in them', async () => {
    const { errors, text } = await send(signUp, { email: '', password: '', name: `${CANARY}\n` });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: ['email', 'password', 'name'] });
    expect(text).not.toContain(CANARY);
  });

  it('stops one root field of a mutation, and tells which', async () => {
    const query =
      'mutation ($input: LoginInput!) { first: logout { done } second: login(input: $input) { __typename } }';
    const { status, errors } = await app.post(JSON.stringify({ query, variables: { input: { email: '', password } } }));
    expect(status).toBe(400);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ path: ['second'], extensions: { code: 'BAD_USER_INPUT' } });
  });
});

describe('a password of a megabyte (CVE-2013-1443)', () => {
  it('is refused with the whole body', async () => {
    for (const query of [login, signUp]) {
      await isRefused(await send(query, { email, password: CANARY.repeat(80_000) }), tooLarge);
    }
  });

  it('is refused as an input when the body just holds it', async () => {
    for (const query of [login, signUp]) {
      await isRefused(await send(query, { email, password: CANARY.repeat(7000) }), badInput);
    }
  });

  it('is never hashed, nor is one that is merely too long to have been accepted', async () => {
    const slow = await startApp({ ARGON2_MEMORY_KIB: '65536', ARGON2_PASSES: '6' });
    const cost = async (length: number) => {
      const input = { email: 'nobody@example.com', password: 'x'.repeat(length) };
      return (await measureCpu(() => slow.send(LoginDocument, { input }))).cpuMilliseconds;
    };
    await cost(15);
    const hashed = await cost(256);
    const [longer, long, megabyte] = [await cost(257), await cost(1025), await cost(1_000_000)];
    await slow.close();
    expect(longer).toBeLessThan(hashed / 2);
    expect(long).toBeLessThan(hashed / 2);
    expect(megabyte).toBeLessThan(hashed / 2);
  });
});
