import Fastify from 'fastify';

import { addWellKnownRoutes } from '../../src/http/well-known.js';

describe('/.well-known/jwks.json', () => {
  it('publishes the public keys as a JWK Set that may be cached for five minutes', async () => {
    const server = Fastify();
    addWellKnownRoutes(server, { jwks: () => ({ keys: [] }) });
    const url = await server.listen({ host: '127.0.0.1', port: 0 });
    const { status, headers, body } = await fetch(`${url}/.well-known/jwks.json`).then(async (response) => ({
      status: response.status,
      headers: response.headers,
      body: await response.text(),
    }));
    await server.close();
    expect({ status, body }).toEqual({ status: 200, body: '{"keys":[]}' });
    expect(headers.get('content-type')).toMatch(/^application\/jwk-set\+json/);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
  });
});
