import { METHODS } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { startApp, type Answer, type TestApp } from '../support/app.js';
import { sendBytes, sendRaw } from '../support/raw-http.js';

let app: TestApp;
let linesBefore: number;

beforeAll(async () => {
  app = await startApp({ CORS_ORIGINS: 'https://app.example.com', PUBLIC_URL: 'https://id.example.com' });
});

afterAll(async () => {
  await app.close();
});

beforeEach(() => {
  linesBefore = app.log.length;
});

const CANARY = 'kanarienvogel';

/** The line of a response is written when its last byte is on its way, which may be after it has arrived. */
const logged = async (id: string, status: number) => {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    if (app.log.some((line) => line.includes(id) && line.includes(`"statusCode":${status}`))) return;
    await delay(10);
  }
  throw new Error(`no line of the log has ${id} and ${status}`);
};

/** Refused in our form: the JSON, the headers of every response, and a line in the log, with nothing of what was sent. */
const isRefused = async ({ status, headers, errors, text }: Answer, expected: number, code = 'BAD_REQUEST') => {
  expect({ status, codes: errors.map(({ extensions }) => extensions.code) }).toEqual({
    status: expected,
    codes: [code],
  });
  expect(Object.keys(JSON.parse(text) as object)).toEqual(['errors']);
  expect(errors[0]).toMatchObject({ extensions: { retryable: false } });
  expect(headers.get('content-type')).toMatch(/^application\/(json|graphql-response\+json); charset=utf-8$/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('strict-transport-security')).toContain('max-age=');
  const id = headers.get('x-request-id') ?? '?';
  await logged(id, expected);
  const lines = app.log.slice(linesBefore);
  expect(lines.filter((line) => line.includes('"level":50'))).toEqual([]);
  expect(lines.join('') + text).not.toContain(CANARY);
};

const request = (line: string, body = '') => sendRaw(app.url, line, body);

const pages = ['/verify-email', '/reset-password', '/confirm-email-change'];
const readOnly = ['/.well-known/jwks.json', '/.well-known/oauth-authorization-server', '/healthz', '/readyz', ...pages];
const mutation = encodeURIComponent('mutation { logout { revokedSessions } }');
const preflighted = 'apollo-require-preflight: true';

/** HEAD has no body to parse, CONNECT no path. */
const methods = METHODS.filter((method) => !['GET', 'HEAD', 'CONNECT'].includes(method));

describe('a method that a path does not have', () => {
  it.each(methods.filter((method) => method !== 'POST'))('is refused at /graphql: %s', async (method) => {
    const answer = await request(`${method} /graphql?token=${CANARY} HTTP/1.1`);
    await isRefused(answer, 405);
    expect(answer.headers.get('allow')).toBe('GET, POST');
  });

  it.each(methods)('is rejected at a path that can only be read: %s', async (method) => {
    for (const path of readOnly) {
      const answer = await request(`${method} ${path}?token=${CANARY} HTTP/1.1`);
      await isRefused(answer, 405);
      expect(answer.headers.get('allow')).toBe('GET, HEAD');
    }
  });

  it('is rejected with any body', async () => {
    for (const type of ['application/json', 'text/plain', CANARY]) {
      const answer = await request(`PUT /graphql HTTP/1.1\nContent-Type: ${type}`, `{"${CANARY}`);
      await isRefused(answer, 405);
    }
  });

  it('is refused under another spelling of the path', async () => {
    await isRefused(await request('PUT /%67raphql HTTP/1.1'), 405);
    await isRefused(await request('PUT http://id.example.com/graphql HTTP/1.1'), 405);
  });

  it('is HEAD at /graphql only', async () => {
    const graphql = await fetch(`${app.url}/graphql?query={__typename}`, { method: 'HEAD' });
    expect([graphql.status, graphql.headers.get('allow')]).toEqual([405, 'GET, POST']);
    for (const path of readOnly) expect((await fetch(app.url + path, { method: 'HEAD' })).status).toBe(200);
  });

  it.each(methods)('is a 404 at an unknown path: %s', async (method) => {
    await isRefused(
      await request(`${method} /${CANARY.slice(0, 3)}?token=${CANARY} HTTP/1.1\nContent-Type: application/json`, '{}'),
      404,
      'BAD_REQUEST',
    );
  });

  it.each(['get', 'Get', 'FOO', 'GETS', 'PRI', '', 'G\u00cbT'])('is not a method: %j', async (method) => {
    await isRefused(await request(`${method} /graphql?token=${CANARY} HTTP/1.1`), 400);
  });

  it('is CONNECT anywhere', async () => {
    await isRefused(await request(`CONNECT ${CANARY}.example.com:443 HTTP/1.1`), 400);
  });
});

describe('a mutation by GET', () => {
  it('is refused with the method that it needs, and not run', async () => {
    for (const type of ['', '\nContent-Type: application/json']) {
      const answer = await request(`GET /graphql?query=${mutation} HTTP/1.1\n${preflighted}${type}`);
      await isRefused(answer, 405);
      expect(answer.headers.get('allow')).toBe('POST');
    }
  });

  it('is refused beside a query, and under another name for its kind', async () => {
    const two = encodeURIComponent('query a { __typename } mutation b { logout { revokedSessions } }');
    const named = (name: string) => request(`GET /graphql?query=${two}&operationName=${name} HTTP/1.1\n${preflighted}`);
    expect((await named('a')).data).toEqual({ __typename: 'Query' });
    await isRefused(await named('b'), 405);
  });

  it('is rejected before the caller is identified', async () => {
    const document = encodeURIComponent('mutation { revokeAllSessions { revokedSessions } }');
    await isRefused(await request(`GET /graphql?query=${document} HTTP/1.1\n${preflighted}`), 405);
  });
});

describe('a request target that cannot be read', () => {
  const targets = [
    `/verify-email%?token=${CANARY}`,
    `/verify-email%zz?token=${CANARY}`,
    `/verify-email%E0%A4?token=${CANARY}`,
    `/verify-email%C0%AF?token=${CANARY}`,
    `/%ed%a0%80?token=${CANARY}`,
    `/graphql%?token=${CANARY}`,
    `//[?token=${CANARY}`,
    `http://[/graphql?token=${CANARY}`,
    `http:///verify-email?token=${CANARY}`,
    `http:////a?token=${CANARY}`,
    `http://?token=${CANARY}`,
    `http://#token=${CANARY}`,
    `http://\\a?token=${CANARY}`,
    `http://a:b/graphql?token=${CANARY}`,
    `ftp://id.example.com/graphql?token=${CANARY}`,
    '/verify-email\u00e9',
    `/verify-email?token=\u00ff${CANARY}`,
  ];

  it.each(targets)('is refused: %j', async (target) => {
    for (const method of ['GET', 'POST', 'OPTIONS', 'PROPFIND'])
      await isRefused(await request(`${method} ${target} HTTP/1.1\n${preflighted}`), 400);
  });

  it('is rejected for a page of an allowed origin', async () => {
    const answer = await request(`GET /verify-email% HTTP/1.1\nOrigin: https://app.example.com`);
    await isRefused(answer, 400);
  });

  it('is a 404 when it is only another path', async () => {
    const token = CANARY;
    for (const path of [
      '//graphql',
      '/graphql/',
      '/GRAPHQL',
      '/./graphql',
      `/verify-email%3Ftoken=${token}`,
      `/verify-email;token=${token}`,
      `/verify-email&token=${token}`,
      `/verify-email=${token}`,
      `//id.example.com?token=${token}`,
    ])
      await isRefused(await request(`GET ${path} HTTP/1.1`), 404, 'BAD_REQUEST');
  });

  it('is too long', async () => {
    await isRefused(await request(`GET /verify-email?token=${CANARY.repeat(2000)} HTTP/1.1`), 431);
  });
});

describe('OPTIONS', () => {
  const preflight = 'Access-Control-Request-Method: POST';

  it.each([
    ['nothing', ''],
    ['an origin alone', 'Origin: https://app.example.com'],
    ['the method alone', preflight],
    ['a foreign origin', `Origin: https://evil.example\n${preflight}`],
    ['the origin null', `Origin: null\n${preflight}`],
  ])('without a preflight of ours is refused: %s', async (_description, headers) => {
    await isRefused(await request(`OPTIONS /graphql HTTP/1.1\n${headers}`), 405);
    await isRefused(await request(`OPTIONS /${CANARY.slice(0, 3)} HTTP/1.1\n${headers}`), 404, 'BAD_REQUEST');
    await isRefused(await request(`OPTIONS * HTTP/1.1\n${headers}`), 400);
  });

  it('is allowed for a page of an allowed origin', async () => {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([
      204,
      'https://app.example.com',
    ]);
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, POST');
  });
});

const perRequest = ['x-request-id', 'date', 'vary', 'content-length'];

describe('a head that cannot be read', () => {
  it.each([
    ['no HTTP', `${CANARY}\n`, 400],
    ['another version', 'GET /.well-known/jwks.json HTTP/3.7', 400],
    ['a version without its name', 'GET /.well-known/jwks.json 1.1', 400],
    ['a header without a colon', `GET /.well-known/jwks.json HTTP/1.1\n${CANARY}`, 400],
    ['a header name with a space', `GET /.well-known/jwks.json HTTP/1.1\n${CANARY} : 1`, 400],
    ['two lengths', 'POST /graphql HTTP/1.1\nContent-Length: 2\nContent-Length: 2', 400],
    ['a length and chunks', 'POST /graphql HTTP/1.1\nContent-Length: 2\nTransfer-Encoding: chunked', 400],
    ['two transfer encodings', 'POST /graphql HTTP/1.1\nTransfer-Encoding: chunked\nTransfer-Encoding: identity', 400],
    ['a header that is too long', `GET /.well-known/jwks.json HTTP/1.1\nX-A: ${CANARY.repeat(2000)}`, 431],
    ['too many headers', `GET /.well-known/jwks.json HTTP/1.1\n${'X-A: b\n'.repeat(5000)}`, 431],
    ['an expectation that nobody has', `GET /.well-known/jwks.json HTTP/1.1\nExpect: ${CANARY}`, 417],
    ['no Host', 'GET /.well-known/jwks.json HTTP/1.1\nHost:', 400],
  ])('is answered in our form: %s', async (_description, head, status) => {
    await isRefused(await request(head, head.startsWith('POST') ? '{}' : ''), status);
  });

  it('has the headers that every other response has', async () => {
    const names = ({ headers }: Answer) => Array.from(headers.entries()).filter(([name]) => !perRequest.includes(name));
    expect(names(await request('FOO / HTTP/1.1'))).toEqual(names(await request(`GET /${CANARY} HTTP/1.1`)));
  });
});

describe('HTTP/1.0', () => {
  const bytes = (text: string) => sendBytes(app.url, Buffer.from(text));

  it('needs no Host', async () => {
    for (const path of readOnly.slice(0, 3)) {
      expect((await bytes(`GET ${path} HTTP/1.0\r\n\r\n`)).status).toBe(200);
    }
    const body = '{"query":"{ __typename }"}';
    const head = `POST /graphql HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    expect((await bytes(head + body)).data).toEqual({ __typename: 'Query' });
  });

  it('is rejected with two Host headers, or with a malformed one', async () => {
    await isRefused(await bytes('GET /.well-known/jwks.json HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n'), 400);
    await isRefused(await bytes('GET /.well-known/jwks.json HTTP/1.0\r\nHost: a b\r\n\r\n'), 400);
  });

  it('is required by HTTP/1.1', async () => {
    await isRefused(await bytes('GET /.well-known/jwks.json HTTP/1.1\r\nConnection: close\r\n\r\n'), 400);
  });
});
