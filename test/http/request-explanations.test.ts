import { startApp, type Answer, type TestApp } from '../support/app.js';
import { sendRaw } from '../support/raw-http.js';

const CANARY = 'kanarienvogel';
const APOLLO = { accept: 'application/graphql-response+json,application/json;q=0.9' };
const URQL = { accept: 'application/graphql-response+json, application/graphql+json, application/json' };

let open: TestApp;
let closed: TestApp;

beforeAll(async () => {
  open = await startApp();
  closed = await startApp({ INTROSPECTION: 'false' });
});

afterAll(async () => {
  await open.close();
  await closed.close();
});

const messageOf = ({ errors, text }: Answer): string => {
  expect(text.toLowerCase()).not.toContain(CANARY);
  expect(errors).toHaveLength(1);
  return errors[0]?.message ?? '';
};

/** The messages of both servers about one request. */
const messagesFor = async (request: (app: TestApp) => Promise<Answer>) => {
  const [inDevelopment, inProduction] = [await request(open), await request(closed)];
  expect(inProduction.status).toBe(inDevelopment.status);
  const codes = [inDevelopment, inProduction].map(({ errors }) => errors[0]?.extensions.code);
  expect(codes[1]).toBe(codes[0]);
  return { open: messageOf(inDevelopment), closed: messageOf(inProduction) };
};

const send = (query: string, variables?: unknown, headers?: Record<string, string>) => (app: TestApp) =>
  app.post(JSON.stringify({ query, variables }), headers);

const get =
  (search: string, headers: Record<string, string> = {}) =>
  async (app: TestApp): Promise<Answer> => {
    const response = await fetch(`${app.url}/graphql?${search}`, { headers });
    const text = await response.text();
    const { errors } = JSON.parse(text) as Pick<Answer, 'errors'>;
    return { status: response.status, headers: response.headers, text, data: undefined, errors, extensions: undefined };
  };

const INVALID = 'The document is not valid for the schema.';
const BAD_INPUT = 'A variable or an argument is not valid.';
const MALFORMED = 'The request is malformed.';

describe('a document that is not valid', () => {
  it.each([
    ['{ mee { id } }', 'Cannot query field "mee" on type "Query". Did you mean "me"?'],
    ['{ me { emial } }', 'Cannot query field "emial" on type "User". Did you mean "email"?'],
    ['{ me }', 'Field "me" of type "User" must have a selection of subfields. Did you mean "me { ... }"?'],
    ['{ user(idd: "1") { id } }', 'Unknown argument "idd" on field "Query.user". Did you mean "id"?'],
    ['{ user { id } }', 'Field "user" argument "id" of type "ID!" is required, but it was not provided.'],
    ['query ($a: Idd) { user(id: $a) { id } }', 'Unknown type "Idd". Did you mean "ID" or "Int"?'],
    [
      'query ($input: LoginInpt!) { __typename @skip(if: $input) }',
      'Unknown type "LoginInpt". Did you mean "LoginInput" or "LogoutInput"?',
    ],
    [
      'mutation { login(input: { email: "kanarienvogel", password: "kanarienvogel", pasword: 1 }) { __typename } }',
      'Field "pasword" is not defined by type "LoginInput". Did you mean "password"?',
    ],
    [
      'mutation { login(input: { email: "kanarienvogel" }) { __typename } }',
      'Field "LoginInput.password" of required type "String!" was not provided.',
    ],
    ['{ ...Nowhere }', 'Unknown fragment "Nowhere".'],
    ['{ __typename @nowhere }', 'Unknown directive "@nowhere".'],
    ['query Me { user(id: $id) { id } }', 'Variable "$id" is not defined by operation "Me".'],
    ['query ($id: ID!) { __typename }', 'Variable "$id" is never used.'],
    [
      'query ($id: String) { user(id: $id) { id } }',
      'Variable "$id" of type "String" used in position expecting type "ID!".',
    ],
  ])('is explained by its names: %s', async (query, message) => {
    expect(await messagesFor(send(query))).toEqual({ open: message, closed: INVALID });
  });

  it.each([
    [
      'mutation { login(input: { email: "a", password: 4711 }) { __typename } }',
      'The argument "input.password" does not have the expected type "String!".',
    ],
    [
      'mutation { login(input: { email: "a", password: ["kanarienvogel"] }) { __typename } }',
      'The argument "input.password" does not have the expected type "String".',
    ],
    [
      'mutation { login(input: "kanarienvogel") { __typename } }',
      'The argument "input" does not have the expected type "LoginInput!".',
    ],
    [
      'mutation { login(input: null) { __typename } }',
      'The argument "input" does not have the expected type "LoginInput!".',
    ],
    [
      '{ users(first: "kanarienvogel") { edges { cursor } } }',
      'The argument "first" does not have the expected type "Int".',
    ],
    [
      'mutation { setUserRoles(input: { userId: "1", roles: [ADMN] }) { __typename } }',
      'The argument "input.roles" does not have the expected type "Role!". Did you mean the enum value "ADMIN"?',
    ],
    [
      'mutation { setUserRoles(input: { userId: "1", roles: [kanarienvogel] }) { __typename } }',
      'The argument "input.roles" does not have the expected type "Role!".',
    ],
    [
      'query ($first: Int = "kanarienvogel") { users(first: $first) { edges { cursor } } }',
      'The default value of a variable does not have the expected type "Int".',
    ],
    ['{ me @include(if: "kanarienvogel") { id } }', 'The argument "if" does not have the expected type "Boolean!".'],
  ])('is explained without its values: %s', async (query, message) => {
    expect(await messagesFor(send(query))).toEqual({ open: message, closed: INVALID });
  });

  it('repeats no name that is too long to help', async () => {
    const messages = await messagesFor(send(`{ ${'x'.repeat(5000)} }`));
    expect(messages).toEqual({ open: INVALID, closed: INVALID });
  });
});

describe('variables that are not valid', () => {
  const login = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
  const roles = 'mutation ($input: SetUserRolesInput!) { setUserRoles(input: $input) { __typename } }';

  it.each([
    [login, undefined, 'Variable "$input" of required type "LoginInput!" was not provided.'],
    [login, { inptu: {} }, 'Variable "$input" of required type "LoginInput!" was not provided.'],
    [login, { input: null }, 'Variable "$input" does not have the expected type "LoginInput!".'],
    [login, { input: CANARY }, 'Variable "$input" does not have the expected type "LoginInput!".'],
    [
      login,
      { input: { email: CANARY } },
      'Variable "$input" is not valid. Field "password" of required type "String!" was not provided.',
    ],
    [
      login,
      { input: { email: CANARY, password: CANARY, pasword: CANARY } },
      'Variable "$input" is not valid. Field "pasword" is not defined by type "LoginInput". Did you mean "password"?',
    ],
    [
      login,
      { input: { email: CANARY, password: 4711 } },
      'Variable "$input.password" does not have the expected type "String!".',
    ],
    [
      login,
      { input: { email: CANARY, password: null } },
      'Variable "$input.password" does not have the expected type "String!".',
    ],
    [
      roles,
      { input: { userId: '1', roles: ['USER', 'ADMN'] } },
      'Variable "$input.roles[1]" does not have the expected type "Role!". Did you mean the enum value "ADMIN"?',
    ],
    [
      roles,
      {
        input: {
          userId: '1',
          roles: [`${CANARY}" does not exist in "Role" enum. Did you mean the enum value "${CANARY}"?`],
        },
      },
      'Variable "$input.roles[0]" does not have the expected type "Role!".',
    ],
    [
      login,
      { input: { email: CANARY, password: CANARY, [`${CANARY}" is not defined by type "LoginInput".`]: 1 } },
      'Variable "$input" does not have the expected type "LoginInput!".',
    ],
    ['query ($a: Boolean = true) { me @include(if: $a) { id } }', { a: null }, 'Variable "$a" must not be null.'],
  ])('are explained by names, and never by a value: %s %j', async (query, variables, message) => {
    expect(await messagesFor(send(query, variables))).toEqual({ open: message, closed: BAD_INPUT });
  });
});

describe('a document that cannot be parsed', () => {
  it.each([
    ['{ me { id }', 'The document has a syntax error: expected Name, found <EOF>.'],
    [
      'mutation { login(input: { email: kanarienvogel@example.com }) { __typename } }',
      'The document has a syntax error: expected Name, found "@".',
    ],
    ['{ user(id: "1" "kanarienvogel") { id } }', 'The document has a syntax error: expected Name, found String.'],
    ['kanarienvogel { id }', 'The document has a syntax error: unexpected Name.'],
    ['{ user(id: "kanarienvogel) { id } }', 'The document has a syntax error: a string is not terminated.'],
    [
      "{ user(id: 'kanarienvogel') { id } }",
      'The document has a syntax error: it contains a character, number or escape sequence that is not valid here.',
    ],
  ])('is explained by the kinds of its tokens: %s', async (query, message) => {
    expect(await messagesFor(send(query))).toEqual({ open: message, closed: 'The document has a syntax error.' });
  });
});

describe('an operation that is not there', () => {
  const two = 'query A { __typename } query B { __typename }';

  it.each([
    [undefined, 'The document has no operation, or several: state the name of one of them in "operationName".'],
    [CANARY, 'The document has no operation with the name that "operationName" states.'],
  ])('is explained: operationName %s', async (operationName, message) => {
    const request = (app: TestApp) => app.post(JSON.stringify({ query: two, operationName }));
    expect(await messagesFor(request)).toEqual({ open: message, closed: MALFORMED });
  });
});

describe('a request that a client sends in the wrong form', () => {
  const operation = JSON.stringify({ query: '{ __typename }' });
  const query = `query=${encodeURIComponent('{ __typename }')}`;
  const CSRF =
    'The request could be a cross-site request forgery (CSRF). Send it by POST with the header "Content-Type: application/json", or by GET with the header "Apollo-Require-Preflight: true".';
  const NOT_JSON = 'Send the body as JSON, with the header "Content-Type: application/json".';
  const post = (body: string, headers?: Record<string, string>) => (app: TestApp) => app.post(body, headers);

  it.each<[string, (app: TestApp) => Promise<Answer>, string]>([
    ['a GET of a browser or of curl', get(query, { accept: '*/*' }), CSRF],
    ['a GET of urql', get(query, URQL), CSRF],
    ['a GET of Apollo Client', get(query, APOLLO), CSRF],
    [
      'a batch of Apollo Client',
      post(`[${operation},${operation}]`, APOLLO),
      'Send one operation per request: the body must be an object, not a list.',
    ],
    [
      'a batch of graphql-request',
      post(`[${operation}]`),
      'Send one operation per request: the body must be an object, not a list.',
    ],
    ['an empty batch', post('[]'), 'Send one operation per request: the body must be an object, not a list.'],
    ['curl -d without a header', post(operation, { 'content-type': 'application/x-www-form-urlencoded' }), NOT_JSON],
    ['a form of a browser', post(`query=${CANARY}`, { 'content-type': 'application/x-www-form-urlencoded' }), NOT_JSON],
    [
      'a form with files',
      post(`--x\r\n\r\n${CANARY}\r\n--x--`, { 'content-type': 'multipart/form-data; boundary=x' }),
      NOT_JSON,
    ],
    ['a form of plain text', post(operation, { 'content-type': 'text/plain' }), NOT_JSON],
    ['a document without JSON around it', post('{ __typename }', { 'content-type': 'application/graphql' }), NOT_JSON],
    [
      'another charset',
      post(operation, { 'content-type': 'application/json; charset=latin1' }),
      'The charset in the header Content-Type can only be "utf-8".',
    ],
    [
      'half of an object',
      post(`{"query":"${CANARY}`),
      'The body is not valid JSON, or its length is not that of the header Content-Length.',
    ],
    ['no query', post(`{"variables":{"a":"${CANARY}"}}`), 'The request has no "query".'],
    ['an empty object', post('{}'), 'The body must be a JSON object with the member "query".'],
    [
      'a parsed document',
      post(`{"query":{"kind":"Document","definitions":["${CANARY}"]}}`),
      'The "query" must be a string, not a parsed document.',
    ],
    [
      'variables that are a string',
      post(`{"query":"{ __typename }","variables":"{\\"a\\":\\"${CANARY}\\"}"}`),
      'The "variables" must be a JSON object, not a string or a list.',
    ],
    [
      'a GET whose variables are not JSON',
      get(`${query}&variables=${CANARY}`, { 'apollo-require-preflight': '1' }),
      'The parameter "variables" must be a JSON object.',
    ],
    [
      'a GET with two queries',
      get(`${query}&${query}`, { 'apollo-require-preflight': '1' }),
      'The parameter "query" may be sent once only.',
    ],
    [
      'a mutation by GET',
      get(`query=${encodeURIComponent('mutation { logout { revokedSessions } }')}`, {
        'apollo-require-preflight': '1',
      }),
      'Send a mutation by POST.',
    ],
    [
      'a transport that is misspelt',
      post(operation, { 'x-refresh-transport': CANARY }),
      'The header X-Refresh-Transport can only be "cookie" or "body".',
    ],
    [
      'a compressed body',
      post(operation, { 'content-encoding': 'gzip' }),
      'The header Content-Encoding is not supported. Send the body uncompressed.',
    ],
    ['a body that is too long', post(`{"query":"${CANARY.repeat(10_000)}"}`), 'The body is longer than 100 KiB.'],
    ['another method', (app) => sendRaw(app.url, 'PUT /graphql HTTP/1.1'), 'This path supports GET, POST only.'],
    [
      'another path',
      // In capitals: the log has the path, and must not have the password of the other requests.
      (app) => sendRaw(app.url, `POST /${CANARY.toUpperCase()} HTTP/1.1\nContent-Type: application/json`, '{}'),
      'There is nothing at this path. The API is at /graphql.',
    ],
    [
      'headers that are too long',
      (app) => sendRaw(app.url, `GET / HTTP/1.1\nCookie: ${CANARY.repeat(2000)}`),
      'The request line and the headers are longer than 16 KiB. Cookies of other servers on the same host are sent too.',
    ],
    [
      'bytes that are not HTTP',
      (app) => sendRaw(app.url, `${CANARY} / HTTP/1.1`),
      'The bytes are not a valid HTTP request.',
    ],
  ])('is explained, and only where the schema is public: %s', async (_description, request, message) => {
    expect(await messagesFor(request)).toEqual({ open: message, closed: MALFORMED });
  });

  it('from a page at an origin that is not allowed is explained by the variables that allow it', async () => {
    const document = 'mutation { refreshSession { __typename } }';
    const headers = { origin: `https://${CANARY}.example.com`, 'x-refresh-transport': 'cookie' };
    expect(await messagesFor(send(document, undefined, headers))).toEqual({
      open: 'The header Origin is missing, or is neither the origin of PUBLIC_URL nor one in CORS_ORIGINS.',
      closed: 'This origin may not use the refresh cookie.',
    });
  });
});
