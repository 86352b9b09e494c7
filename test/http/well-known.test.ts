import { startApp, type TestApp } from '../support/app.js';

const JWKS = '/.well-known/jwks.json';
const METADATA = '/.well-known/oauth-authorization-server';

let app: TestApp;
let nested: TestApp;

beforeAll(async () => {
  app = await startApp({ PUBLIC_URL: 'https://id.example.com', CORS_ORIGINS: 'https://app.example.com' });
  nested = await startApp({ PUBLIC_URL: 'https://example.com/auth/id' });
});

afterAll(async () => {
  await app.close();
  await nested.close();
});

const get = async (path: string, init: RequestInit = {}, { url } = app) => {
  const response = await fetch(url + path, init);
  return { status: response.status, headers: response.headers, body: await response.text() };
};

describe(JWKS, () => {
  it('publishes the public keys as a JWK Set', async () => {
    const { status, headers, body } = await get(JWKS);
    expect({ status, body: JSON.parse(body) as unknown }).toEqual({ status: 200, body: app.gatehouse.auth.jwks() });
    expect(headers.get('content-type')).toMatch(/^application\/jwk-set\+json/);
  });
});

describe(METADATA, () => {
  const metadata = {
    issuer: 'https://id.example.com',
    jwks_uri: 'https://id.example.com/.well-known/jwks.json',
    response_types_supported: [],
    grant_types_supported: [],
  };

  it('names the issuer and its keys, and no grant, because this is not an authorization server', async () => {
    const { status, headers, body } = await get(METADATA);
    expect({ status, body: JSON.parse(body) as unknown }).toEqual({ status: 200, body: metadata });
    expect(headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('is found below the path of the issuer too, as RFC 8414 requires', async () => {
    const issuer = 'https://example.com/auth/id';
    const expected = { ...metadata, issuer, jwks_uri: `${issuer}/.well-known/jwks.json` };
    for (const path of [METADATA, `${METADATA}/auth/id`]) {
      const { status, body } = await get(path, {}, nested);
      expect({ status, body: JSON.parse(body) as unknown }).toEqual({ status: 200, body: expected });
    }
  });

  it('is not found below any other path', async () => {
    expect((await get(`${METADATA}/other`)).status).toBe(404);
    expect((await get(`${METADATA}/auth`, {}, nested)).status).toBe(404);
  });

  it('states an issuer that is not a URL as it is', async () => {
    const named = await startApp({ TOKEN_ISSUER: 'urn:example:id', TOKEN_AUDIENCE: 'api' });
    const { body } = await get(METADATA, {}, named);
    await named.close();
    expect(JSON.parse(body)).toMatchObject({ issuer: 'urn:example:id' });
  });
});

describe.each([JWKS, METADATA])('%s', (path) => {
  it('may be cached for five minutes, and has an entity tag', async () => {
    const { headers } = await get(path);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(headers.get('etag')).toMatch(/^"[\w-]{43}"$/);
    expect((await get(path)).headers.get('etag')).toBe(headers.get('etag'));
  });

  it.each(['GET', 'HEAD'])('is not sent again to a client that has it: %s', async (method) => {
    const tag = (await get(path)).headers.get('etag') ?? '';
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const { status, headers, body } = await get(path, { method, headers: { 'if-none-match': known } });
      expect({ known, status, body }).toEqual({ known, status: 304, body: '' });
      expect(headers.get('etag')).toBe(tag);
      expect(headers.get('cache-control')).toBe('public, max-age=300');
    }
  });

  it.each(['"other"', 'other', ''])('is sent to a client that has another: %j', async (known) => {
    expect((await get(path, { headers: { 'if-none-match': known } })).status).toBe(200);
  });

  it('has the same headers for HEAD, and no body', async () => {
    const [whole, head] = [await get(path), await get(path, { method: 'HEAD' })];
    expect({ status: head.status, body: head.body }).toEqual({ status: 200, body: '' });
    for (const name of ['etag', 'cache-control', 'content-type', 'content-length'])
      expect(head.headers.get(name)).toBe(whole.headers.get(name));
  });

  it.each(['https://app.example.com', 'https://other.example.com', 'null'])(
    'can be read by a page of any origin, without credentials: %s',
    async (origin) => {
      const { headers } = await get(path, { headers: { origin } });
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
      const asked = {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'if-none-match',
      };
      const preflight = await get(path, { method: 'OPTIONS', headers: asked });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
      expect(preflight.headers.get('access-control-allow-headers')).toContain('if-none-match');
    },
  );

  it.each(['OPTIONS', 'POST', 'PUT', 'DELETE'])('supports no other method: %s', async (method) => {
    const { status, headers, body } = await get(path, { method });
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'GET, HEAD' });
    expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });
});
