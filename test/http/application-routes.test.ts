import { createHmac } from 'node:crypto';

import { GraphQLError } from 'graphql';

import { authorizedRule, isHmacSignature, publicRule, RequestError, type Route } from '../../src/extend.js';
import { createSchema } from '../../src/graphql/schema.js';
import { assertRoutes } from '../../src/http/application-routes.js';
import { createServer } from '../../src/http/server.js';
import { bearer, startApp, type TestApp } from '../support/app.js';

const SECRET = 'a-webhook-secret-of-the-payment-service';

let app: TestApp;
const enqueued: unknown[] = [];

const routes: readonly Route[] = [
  {
    method: 'POST',
    url: '/app/webhooks/payments',
    rule: publicRule('Signed by the payment service.'),
    async handler({ headers, body }, { db }) {
      const signature = String(headers['x-signature']);
      if (!isHmacSignature(signature, { secret: SECRET, message: body })) return { status: 403 };
      const payload: unknown = JSON.parse(body.toString());
      await db.$transaction((tx) => tx.enqueue('settle-payment' as never, payload as never));
      return { status: 204 };
    },
  },
  {
    method: 'GET',
    url: '/app/projects/:id',
    rule: authorizedRule(),
    handler: ({ params, query }, { caller }) => ({
      status: 200,
      headers: { 'cache-control': 'private, max-age=60' },
      body: { params, query, isUser: caller.kind === 'user' },
    }),
  },
  { method: 'DELETE', url: '/app/projects/:id', rule: authorizedRule('ADMIN'), handler: () => ({ status: 204 }) },
  {
    method: 'PUT',
    url: '/app/echo',
    rule: publicRule('For the test.'),
    bodyLimit: 2_048,
    handler: ({ body }) => ({ status: 200, body }),
  },
  {
    method: 'GET',
    url: '/app/headers',
    rule: publicRule('For the test.'),
    handler: ({ headers }) => ({ status: 200, body: headers }),
  },
  {
    method: 'GET',
    url: '/app/named',
    rule: publicRule('For the test.'),
    handler: ({ query }) => ({ status: 200, headers: { 'x-name': String(query['name']) } }),
  },
  {
    method: 'GET',
    url: '/app/function',
    rule: publicRule('For the test.'),
    handler: () => ({ status: 200, body: () => 1 }),
  },
  {
    method: 'GET',
    url: '/app/fault',
    rule: publicRule('For the test.'),
    handler: () => {
      throw Object.assign(new Error('A row of Ada Lovelace.'), { statusCode: 404 });
    },
  },
  {
    method: 'GET',
    url: '/app/refused',
    rule: publicRule('For the test.'),
    handler: () => {
      throw new RequestError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 7 });
    },
  },
  {
    method: 'GET',
    url: '/app/foreign',
    rule: publicRule('For the test.'),
    handler: () => {
      throw new GraphQLError('Of another API.', { extensions: { code: 'UNAUTHENTICATED' } });
    },
  },
  {
    method: 'GET',
    url: '/app/nonsense',
    rule: publicRule('For the test.'),
    handler: () => ({ status: 42 }),
  },
  {
    method: 'GET',
    url: '/app/hang',
    rule: publicRule('For the test.'),
    handler: () => new Promise(() => undefined),
  },
];

beforeAll(async () => {
  app = await startApp(
    { CORS_ORIGINS: 'https://app.example.com', METRICS_PORT: '0' },
    {
      routes,
      jobs: {
        'settle-payment': {
          run: (payload: unknown) => {
            enqueued.push(payload);
            return Promise.resolve();
          },
        },
      },
    },
  );
});

afterAll(() => app.close());

const request = (method: string, path: string, init: RequestInit = {}) =>
  fetch(`${app.url}${path}`, { method, ...init });

const extensionsOf = async (response: Response) => {
  const { errors } = (await response.json()) as { errors: readonly { extensions: { code: string } }[] };
  return errors[0]?.extensions;
};

const codeOf = async (response: Response) => (await extensionsOf(response))?.code;

describe('a route of the application', () => {
  it('receives the bytes of a webhook, checks their signature, and queues a job', async () => {
    const body = '{ "paymentId":  "p-1" }';
    const sign = (text: string) => createHmac('sha256', SECRET).update(text).digest('hex');
    const send = (signature: string) =>
      request('POST', '/app/webhooks/payments', {
        body,
        headers: { 'content-type': 'application/json', 'x-signature': signature },
      });
    expect((await send(sign(body))).status).toBe(204);
    expect((await send(sign('{"paymentId":"p-1"}'))).status).toBe(403);
    expect((await send('')).status).toBe(403);
    await app.idle();
    expect(enqueued).toEqual([{ paymentId: 'p-1' }]);
  });

  it.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded', undefined])(
    'receives a body of the type %j as it is',
    async (type) => {
      const body = Buffer.from([0x7b, 0xff, 0x00]);
      const response = await request('PUT', '/app/echo', {
        body,
        headers: type === undefined ? {} : { 'content-type': type },
      });
      expect(Buffer.from(await response.arrayBuffer())).toEqual(body);
      expect(response.headers.get('content-type')).toBe('application/octet-stream');
    },
  );

  it('receives no body longer than its limit', async () => {
    const response = await request('PUT', '/app/echo', { body: 'x'.repeat(2_049) });
    expect(response.status).toBe(413);
    expect(await response.text()).toContain('The body is longer than 2 KiB.');
  });

  it('receives a body above the limit of /graphql where it states none', async () => {
    const response = await request('POST', '/app/webhooks/payments', { body: 'x'.repeat(500_000) });
    expect(response.status).toBe(403);
  });

  it('has the caller of the Authorization header, its parameters and its query', async () => {
    const { tokens } = await app.newcomer();
    const response = await request('GET', '/app/projects/a%20b?q=1&q=2', { headers: bearer(tokens.accessToken) });
    expect(await response.json()).toEqual({ params: { id: 'a b' }, query: { q: ['1', '2'] }, isUser: true });
    expect(response.headers.get('cache-control')).toBe('private, max-age=60');
  });

  it('refuses a caller as /graphql does', async () => {
    const { tokens } = await app.newcomer();
    const anonymous = await request('GET', '/app/projects/1');
    expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="gatehouse"']);
    expect(await extensionsOf(anonymous)).toEqual({ code: 'UNAUTHENTICATED', retryable: false, reason: 'MISSING' });
    const invalid = await request('GET', '/app/projects/1', { headers: bearer('null') });
    expect([invalid.status, invalid.headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"']);
    const other = await request('DELETE', '/app/projects/1', { headers: bearer(tokens.accessToken) });
    expect([other.status, other.headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="role:ADMIN"',
    ]);
    const twice = await request('GET', '/app/projects/1', { headers: { authorization: 'Bearer a, Bearer b' } });
    expect([twice.status, await codeOf(twice)]).toEqual([400, 'BAD_AUTHORIZATION_HEADER']);
  });

  it('records the refusal of a role as a security event with the pattern of the route', async () => {
    const { id, tokens } = await app.newcomer();
    await request('DELETE', '/app/projects/2', { headers: bearer(tokens.accessToken) });
    const events = await app.gatehouse.store.securityEvents.listBySubject(id, 10);
    expect(events.find(({ type }) => type === 'ACCESS_DENIED')?.detail).toMatchObject({
      operation: 'DELETE /app/projects/:id',
    });
  });

  it('admits a caller with an unusable token where its rule is public, and reports the token', async () => {
    const response = await request('PUT', '/app/echo', { body: 'x', headers: bearer('null') });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([200, 'Bearer error="invalid_token"']);
  });

  it('reads no cookie', async () => {
    const { tokens } = await app.newcomer();
    const cookie = `__Host-gatehouse-refresh=${tokens.refreshToken ?? ''}`;
    expect((await request('GET', '/app/projects/1', { headers: { cookie } })).status).toBe(401);
  });

  it('masks an error whatever status it states, and logs it once', async () => {
    const response = await request('GET', '/app/fault');
    const text = await response.text();
    expect([response.status, text.includes('INTERNAL_SERVER_ERROR'), text.includes('Ada')]).toEqual([500, true, false]);
    expect(app.log.filter((line) => line.includes('A row of Ada Lovelace.'))).toHaveLength(1);
    expect((await request('GET', '/app/nonsense')).status).toBe(500);
  });

  it('receives neither the token nor the cookies of its caller, but the credentials of another scheme', async () => {
    const { tokens } = await app.newcomer();
    const cookie = `__Host-gatehouse-refresh=${tokens.refreshToken ?? ''}`;
    const received = async (headers: Record<string, string>) =>
      (await (await request('GET', '/app/headers', { headers })).json()) as Record<string, string>;
    const own = await received({ ...bearer(tokens.accessToken), cookie, 'x-request': '1' });
    expect(own).toMatchObject({ 'x-request': '1' });
    expect(Object.keys(own)).not.toEqual(expect.arrayContaining(['authorization']));
    expect(Object.keys(own)).not.toEqual(expect.arrayContaining(['cookie']));
    expect(await received({ authorization: 'Basic cGF5bWVudHM6eA==' })).toHaveProperty('authorization');
  });

  it.each(['/app/named?name=%E2%82%AC', '/app/named?name=a%0d%0ab', '/app/named?name=%00', '/app/function'])(
    'is a masked fault if its response cannot be sent: %s',
    async (path) => {
      const response = await request('GET', path);
      expect([response.status, await codeOf(response)]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
    },
  );

  it('keeps the code, the status and the headers of a request error', async () => {
    const response = await request('GET', '/app/refused');
    expect([response.status, response.headers.get('retry-after'), await codeOf(response)]).toEqual([
      503,
      '7',
      'SERVICE_UNAVAILABLE',
    ]);
  });

  it('masks the error of another API, whatever code it has', async () => {
    const response = await request('GET', '/app/foreign');
    expect([response.status, await codeOf(response)]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
  });

  it('has the headers of every response, and those of CORS for a listed origin', async () => {
    const response = await request('PUT', '/app/echo', { body: 'x', headers: { origin: 'https://app.example.com' } });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String) as string,
      'access-control-allow-origin': 'https://app.example.com',
    });
    const foreign = await request('PUT', '/app/echo', { body: 'x', headers: { origin: 'https://evil.example' } });
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await request('OPTIONS', '/app/projects/1', {
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'DELETE' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'GET, DELETE']);
  });

  it('supports its methods only, and no path without a route', async () => {
    const other = await request('POST', '/app/projects/1', { body: 'x' });
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, DELETE']);
    expect((await request('GET', '/app/projects')).status).toBe(404);
    expect((await request('GET', '/app/')).status).toBe(404);
  });

  it('is logged by its pattern, because its paths may contain what is private', async () => {
    await request('GET', '/app/projects/of-ada');
    const lines = app.log.filter((line) => line.includes('/app/projects/'));
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.filter((line) => line.includes('of-ada'))).toEqual([]);
  });
});

describe('the time of a route of the application', () => {
  it('is limited', async () => {
    const { gatehouse, config } = app;
    const server = await createServer({
      config,
      auth: gatehouse.auth,
      translations: gatehouse.pageTranslations,
      schema: createSchema([]),
      routes,
      log: gatehouse.server.log,
      burstLog: gatehouse.burstLog,
      operationDeadlineSeconds: 0.05,
    });
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    const response = await fetch(`${url}/app/hang`);
    const code = await codeOf(response);
    await server.close();
    expect([response.status, response.headers.get('retry-after'), code]).toEqual([503, '5', 'SERVICE_UNAVAILABLE']);
  });
});

describe('a mistake in a route', () => {
  const route: Route = { method: 'GET', url: '/app/a', rule: authorizedRule(), handler: () => ({ status: 204 }) };
  const refusalOf = (...mistakes: readonly object[]) => {
    try {
      assertRoutes(mistakes.map((mistake) => ({ ...route, ...mistake })));
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('is none in these', () => {
    expect(refusalOf({}, { method: 'POST' }, { url: '/app/a/:id' }, { url: '/app/v1.2/~x' })).toBeUndefined();
  });

  it.each([
    [{ rule: undefined }, 'has no rule. Add `rule: authorizedRule()` or `rule: publicRule("reason")`.'],
    [
      { rule: { kind: 'roles', anyOf: [['MANGER']] } },
      'requires the role "MANGER", which src/app/roles.ts does not have.',
    ],
    [{ url: '/webhooks' }, 'must have a URL below /app/'],
    [{ url: '/graphql' }, 'must have a URL below /app/'],
    [{ url: '/app/../graphql' }, 'must have a URL below /app/'],
    [{ url: '/app/*' }, 'must have a URL below /app/'],
    [{ url: '/app/:id(.*)' }, 'must have a URL below /app/'],
    [{ url: '/app/' }, 'must have a URL below /app/'],
    [{ method: 'OPTIONS' }, 'has a method that is none of GET, POST, PUT, PATCH, DELETE.'],
    [{ bodyLimit: 0.5 }, 'has a bodyLimit that is not a number of bytes.'],
  ])('%j is named with its place', (mistake, sentence) => {
    expect(refusalOf(mistake)).toContain(sentence);
    expect(refusalOf(mistake)).toMatch(/^src\/app\/routes\.ts: the route \w+ \//);
  });

  it('is a second route for the same requests', () => {
    expect(refusalOf({ url: '/app/:a' }, { url: '/app/:b' })).toContain('is defined twice. Remove one of them.');
  });

  it('stops the start', async () => {
    const start = startApp({}, { routes: [{ ...route, rule: undefined as never }] });
    await expect(start).rejects.toThrow('src/app/routes.ts: the route GET /app/a has no rule.');
  });
});
