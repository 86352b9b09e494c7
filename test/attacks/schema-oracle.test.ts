import { startApp, type Answer, type TestApp } from '../support/app.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ INTROSPECTION: 'false' });
});

afterAll(async () => {
  await app.close();
});

const ask = (query: string, variables?: unknown): Promise<Answer> => app.post(JSON.stringify({ query, variables }));

const rejected = (code: string, message: string) =>
  `${JSON.stringify({ errors: [{ message, extensions: { code, retryable: false } }] })}\n`;

const INVALID = rejected('GRAPHQL_VALIDATION_FAILED', 'The document is not valid for the schema.');
const BAD_INPUT = rejected('BAD_USER_INPUT', 'A variable or an argument is not valid.');

const long = 'mutation { login(input: { email: "a@example.com", password: "b"';

describe('F3, H11: names that a rejected document would tell, with introspection off', () => {
  it.each([
    ['unknown fields among known ones', '{ aaa authConfig { signUp zzz } bbb me { id passwordHash } }'],
    ['one unknown field', '{ me { id passwordHash } }'],
    ['unknown fields only', '{ aaa bbb ccc }'],
    ['a known field without its selection', '{ me }'],
    ['a known leaf with a selection', '{ authConfig { signUp { a } } }'],
    ['a known argument that is missing', '{ user { id } }'],
    ['an unknown argument', '{ user(id: 1, nosuch: 1) { id } }'],
    ['an unknown argument of an unknown field', '{ nosuch(id: 1) { id } }'],
    ['an unknown input field', `${long}, nosuch: 1 }) { __typename } }`],
    ['a value of another type', `${long} }) { __typename ... on LoginSuccess { expiresIn(a: 1) } } }`],
    ['a variable of a known type that is no input', 'query ($a: User) { __typename @skip(if: $a) }'],
    ['a variable of an unknown type', 'query ($a: Nosuch) { __typename @skip(if: $a) }'],
    ['a variable of a known input type, in another place', 'query ($a: LoginInput) { __typename @skip(if: $a) }'],
    ['a known variable type that nobody uses', 'query ($a: LoginInput) { __typename }'],
    ['an unknown variable type that nobody uses', 'query ($a: Nosuch) { __typename }'],
    ['a fragment on a known type', '{ ... on User { id } }'],
    ['a fragment on an unknown type', '{ ... on Nosuch { id } }'],
    ['a fragment on an enum', '{ ... on Role { id } }'],
    ['a known fragment that nobody spreads', '{ __typename } fragment F on User { id }'],
    ['an unknown fragment', '{ ...F }'],
    ['an enum value', 'mutation { setUserRoles(input: { userId: 1, roles: [ADMIN, NOSUCH] }) { __typename } }'],
    ['a known directive in another place', 'query @deprecated { __typename }'],
    ['an unknown directive', '{ __typename @nosuch }'],
    ['a directive of the printed schema', '{ __typename @authenticated }'],
    ['the schema', '{ __schema { types { name } } }'],
    ['a known type', '{ __type(name: "User") { name } }'],
    ['an unknown type', '{ __type(name: "Nosuch") { name } }'],
    ['the schema beside a known field', '{ authConfig { signUp } __schema { types { name } } }'],
    ['a conflict of known fields', '{ authConfig { a: signUp a: accessTokenTtlSeconds } }'],
    ['a conflict of unknown fields', '{ authConfig { a: nosuch a: nosuchEither } }'],
    ['a subscription', 'subscription { me { id } }'],
    ['a subscription to an unknown field', 'subscription { nosuch }'],
    ['an unknown field over many lines', '{\n\n\n  authConfig {\n signUp\n nosuch } }'],
    ['many unknown fields', `{ ${Array.from({ length: 150 }, (_, i) => `u${i}`).join(' ')} }`],
  ])('get one answer for all: %s', async (_description, query) => {
    const { status, text } = await ask(query);
    expect({ status, text }).toEqual({ status: 400, text: INVALID });
  });

  it.each([
    ['a known field of the wrong type', { email: 1, password: 'b' }],
    ['an unknown field', { email: 'a@example.com', password: 'b', nosuch: 1 }],
    ['a missing field', { email: 'a@example.com' }],
    ['nothing', null],
    ['a list', [1]],
  ])('get one answer for all variables: %s', async (_description, input) => {
    const { status, text } = await ask('mutation ($i: LoginInput!) { login(input: $i) { __typename } }', { i: input });
    expect({ status, text }).toEqual({ status: 400, text: BAD_INPUT });
  });

  it('are not revealed by the name of a missing variable', async () => {
    const { status, text } = await ask('query ($id: ID!) { user(id: $id) { id } }');
    expect({ status, text }).toEqual({ status: 400, text: BAD_INPUT });
  });

  it('are not revealed by the cost of a document', async () => {
    const repeat = (name: string) => ask(`{ ${Array.from({ length: 101 }, () => `${name} { id }`).join(' ')} }`);
    const [known, unknown] = [await repeat('me'), await repeat('nosuch')];
    expect(known.errors[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX');
    expect(known.text).toBe(unknown.text);
  });

  it('are not revealed by a second export in an invalid document', async () => {
    const twice = (name: string) => ask(`mutation { a: ${name} { nosuch } b: ${name} { nosuch } }`);
    expect((await twice('exportMyData')).text).toBe((await twice('nosuch')).text);
  });

  it('are not revealed by a syntax error, which states its location', async () => {
    const errors = await Promise.all([ask('{ me { id }'), ask('{ xx { id }')]);
    expect(errors[0].text).toBe(errors[1].text);
    expect(errors[0].errors[0]?.extensions.code).toBe('GRAPHQL_PARSE_FAILED');
  });

  it('are not revealed by a mutation that is sent by GET', async () => {
    const get = async (query: string) => {
      const headers = { 'apollo-require-preflight': 'true' };
      const response = await fetch(`${app.url}/graphql?query=${encodeURIComponent(query)}`, { headers });
      return { status: response.status, text: await response.text() };
    };
    expect(await get('mutation { logout { revokedSessions } }')).toEqual(
      await get('mutation { nosuch { revokedSessions } }'),
    );
  });
});
