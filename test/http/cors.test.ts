import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { startApp, type TestApp } from '../support/app.js';

const ORIGIN = 'https://app.example.com';

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ CORS_ORIGINS: ORIGIN });
});

afterAll(async () => {
  await app.close();
});

const preflight = (path: string, origin: string) =>
  fetch(app.url + path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });

const namesOf = ({ headers }: Response) =>
  Array.from(headers.keys()).filter((name) => name.startsWith('access-control-'));

describe('CORS', () => {
  it.each(['/', '/graphql', '/healthz', '/.well-known/jwks.json', '/favicon.ico', '/nowhere', '/verify-email'])(
    'tells caches that the response depends on the origin: %s',
    async (path) => {
      for (const origin of [undefined, ORIGIN, 'https://evil.example', 'null']) {
        const response = await fetch(app.url + path, origin === undefined ? {} : { headers: { origin } });
        expect(response.headers.get('vary')).toMatch(/\borigin\b/i);
      }
    },
  );

  it.each(['https://evil.example', 'null', ''])('grants nothing to the origin %j', async (origin) => {
    for (const path of ['/graphql', '/healthz', '/nowhere']) {
      expect(namesOf(await fetch(app.url + path, { headers: { origin } }))).toEqual([]);
      expect(namesOf(await preflight(path, origin))).toEqual([]);
    }
  });

  it('never allows credentials together with every origin', async () => {
    for (const path of ['/graphql', '/.well-known/jwks.json', '/.well-known/oauth-authorization-server', '/healthz'])
      for (const origin of [ORIGIN, 'https://evil.example', 'null'])
        for (const { headers } of [await fetch(app.url + path, { headers: { origin } }), await preflight(path, origin)])
          if (headers.get('access-control-allow-origin') === '*')
            expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  it.each(['/nowhere', '/.well-known/oauth-authorization-server/nowhere', '/graphql/'])(
    'has no preflight for a path without a route: %s',
    async (path) => {
      const response = await preflight(path, ORIGIN);
      expect([response.status, namesOf(response)]).toEqual([404, []]);
    },
  );

  it('names the methods of the path in the response to a preflight', async () => {
    const methods = async (path: string) => (await preflight(path, ORIGIN)).headers.get('access-control-allow-methods');
    expect(await methods('/graphql')).toBe('GET, POST');
    expect(await methods('/.well-known/jwks.json')).toBe('GET, HEAD');
  });

  it('lets a page read why a closing server refuses it', async () => {
    const closing = await startApp({ CORS_ORIGINS: ORIGIN });
    const socket = connect(Number(new URL(closing.url).port), '127.0.0.1');
    const response = text(socket);
    socket.write(`GET /healthz HTTP/1.1\r\nHost: a\r\nOrigin: ${ORIGIN}\r\n`);
    // Answered after the bytes above were read.
    await fetch(`${closing.url}/healthz`);
    const closed = closing.close();
    socket.write('\r\n');
    const [head = ''] = (await response).split('\r\n\r\n');
    await closed;
    expect(head).toMatch(/^HTTP\/1\.1 503 /);
    expect(head.toLowerCase()).toContain(`access-control-allow-origin: ${ORIGIN}`);
  });
});
