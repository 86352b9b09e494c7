import { PASSWORD, startApp, type TestApp } from '../support/app.js';
import { sendRaw } from '../support/raw-http.js';

let app: TestApp;
let token: string;

beforeAll(async () => {
  app = await startApp({ CORS_ORIGINS: 'https://app.example.com', TRUST_PROXY: '1' });
  token = (await app.newcomer()).tokens.accessToken;
});

afterAll(async () => {
  await app.close();
});

const others = (count: number) => 'A: b\n'.repeat(count);

const ask = async (headers: string) => {
  const head = `POST /graphql HTTP/1.1\n${headers}`;
  const { status, errors, data } = await sendRaw(app.url, head, JSON.stringify({ query: '{ me { id } }' }));
  return { status, code: errors[0]?.extensions.code, data: data?.['me'] ?? null };
};

const json = 'Content-Type: application/json\n';
const repeated: [string, string, string, string][] = [
  ['Authorization', `${json}Authorization: Bearer TOKEN\n`, 'Authorization: Bearer x', 'BAD_AUTHORIZATION_HEADER'],
  [
    'Authorization, twice the same',
    `${json}Authorization: Bearer TOKEN\n`,
    'Authorization: Bearer TOKEN',
    'BAD_AUTHORIZATION_HEADER',
  ],
  [
    'Authorization in capitals',
    `${json}authorization: Bearer TOKEN\n`,
    'AUTHORIZATION: Bearer x',
    'BAD_AUTHORIZATION_HEADER',
  ],
  ['Authorization, empty', `${json}Authorization: Bearer TOKEN\n`, 'Authorization:', 'BAD_AUTHORIZATION_HEADER'],
  ['Host', `${json}Host: id.example.com\n`, 'Host: evil.example', 'BAD_REQUEST'],
  ['Host, twice the same', `${json}Host: id.example.com\n`, 'Host: id.example.com', 'BAD_REQUEST'],
  ['Content-Type', json, 'Content-Type: text/plain', 'BAD_REQUEST'],
  ['Content-Type, twice the same', json, 'Content-Type: application/json', 'BAD_REQUEST'],
  ['Origin', `${json}Origin: https://app.example.com\n`, 'Origin: https://evil.example', 'BAD_REQUEST'],
  [
    'Origin, twice the same',
    `${json}Origin: https://app.example.com\n`,
    'Origin: https://app.example.com',
    'BAD_REQUEST',
  ],
  ['Content-Length', `${json}Content-Length: 23\n`, 'Content-Length: 24', 'BAD_REQUEST'],
  ['Transfer-Encoding beside a length', `${json}Content-Length: 23\n`, 'Transfer-Encoding: chunked', 'BAD_REQUEST'],
];

describe('A14: a repeated header', () => {
  it.each(repeated)('is refused early and late: %s', async (_description, first, second, code) => {
    for (const count of [0, 1990, 2100, 3900])
      expect(await ask((first + others(count) + second).replaceAll('TOKEN', token))).toEqual({
        status: 400,
        code,
        data: null,
      });
  });

  it('is refused when both are after 2,100 others', async () => {
    expect(await ask(`${json}${others(2100)}Authorization: Bearer ${token}\nAuthorization: Bearer x`)).toMatchObject({
      status: 400,
      code: 'BAD_AUTHORIZATION_HEADER',
    });
  });
});

describe('A14: a header after 2,100 others', () => {
  it('counts', async () => {
    expect(await ask(`${json}${others(2100)}Authorization: Bearer ${token}`)).toMatchObject({
      status: 200,
      data: { id: expect.any(String) as string },
    });
    const late = await ask(`${others(2100)}${json}Content-Encoding: gzip`);
    expect(late.status).toBe(415);
  });

  it('is the one by which a client is limited', async () => {
    const body = JSON.stringify({
      query: 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }',
      variables: { input: { email: 'nobody@example.com', password: PASSWORD } },
    });
    const late = 'X-Forwarded-For: 203.0.113.7';
    const head = `POST /graphql HTTP/1.1\n${json}X-Forwarded-For: 198.51.100.1\n${others(2100)}${late}`;
    expect((await sendRaw(app.url, head, body)).status).toBe(200);
    const [event] = await app.database.query(
      `SELECT network FROM auth_security_event WHERE type = 'LOGIN_FAILED' ORDER BY created_at DESC LIMIT 1`,
    );
    expect(event).toEqual({ network: '203.0.113.0/24' });
  });

  it('is refused when there is no room for all of them', async () => {
    expect((await ask(`${json}${others(9000)}`)).status).toBe(431);
  });
});
