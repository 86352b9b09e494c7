import { PASSWORD, startApp, type TestApp } from '../support/app.js';
import { sendRaw } from '../support/raw-http.js';

const ORIGIN = 'https://app.example.com';

let app: TestApp;
let email: string;

beforeAll(async () => {
  app = await startApp({ CORS_ORIGINS: ORIGIN });
  ({ email } = await app.createUser());
});

afterAll(async () => {
  await app.close();
});

const query = `mutation ($input: LoginInput!) {
  login(input: $input) { __typename ... on LoginSuccess { refreshToken } }
}`;

/** Logs in with these lines of the header X-Refresh-Transport. */
const logIn = async (...lines: readonly string[]) => {
  const head = `POST /graphql HTTP/1.1\nContent-Type: application/json\nOrigin: ${ORIGIN}\n${lines.join('\n')}`;
  const variables = { input: { email, password: PASSWORD } };
  return sendRaw(app.url, head, JSON.stringify({ query, variables }));
};

const sessions = async () => (await app.database.query('SELECT id FROM auth_session')).length;

describe('X-Refresh-Transport', () => {
  it.each(['cookie', 'Cookie', 'COOKIE', ' cookie '])('asks for the cookie in any case: %j', async (value) => {
    const { data, headers } = await logIn(`X-Refresh-Transport: ${value}`);
    expect(data?.['login']).toEqual({ __typename: 'LoginSuccess', refreshToken: null });
    expect(headers.get('set-cookie')).toMatch(/^__Host-gatehouse-refresh=/);
  });

  it.each([[[]], [['X-Refresh-Transport: body']], [['x-refresh-transport: BODY']]])(
    'asks for the body, or is absent: %j',
    async (lines) => {
      const { data, headers } = await logIn(...lines);
      expect(data?.['login']).toMatchObject({ refreshToken: expect.any(String) as string });
      expect(headers.get('set-cookie')).toBeNull();
    },
  );

  it.each([
    [['X-Refresh-Transport:']],
    [['X-Refresh-Transport: cookies']],
    [['X-Refresh-Transport: "cookie"']],
    [['X-Refresh-Transport: cookie;']],
    [['X-Refresh-Transport: cookie, body']],
    [['X-Refresh-Transport: true']],
    [['X-Refresh-Transport: \u00a0cookie']],
    [['X-Refresh-Transport: coo\u212aie']],
    [['X-Refresh-Transport: cookie', 'X-Refresh-Transport: body']],
    [['X-Refresh-Transport: body', 'X-Refresh-Transport: cookie']],
    [['X-Refresh-Transport: cookie', 'X-Refresh-Transport: cookie']],
    [['X-Refresh-Transport: body', ...Array<string>(2100).fill('A: b'), 'X-Refresh-Transport: cookie']],
  ])('is refused, and nobody is logged in (%#)', async (lines) => {
    const before = await sessions();
    const { status, errors, data, headers } = await logIn(...lines);
    expect({ status, code: errors[0]?.extensions.code, data }).toEqual({
      status: 400,
      code: 'BAD_REQUEST',
      data: undefined,
    });
    expect(headers.get('set-cookie')).toBeNull();
    expect(await sessions()).toBe(before);
  });
});
