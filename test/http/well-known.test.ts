import Fastify from 'fastify';

import { addWellKnownRoutes } from '../../src/http/well-known.js';

describe('/.well-known/jwks.json', () => {
  it('publishes the public keys as a JWK Set that may be cached for five minutes', async () => {
    const server = Fastify();
    addWellKnownRoutes(server, { jwks: () => ({ keys: [] }) });
    const { statusCode, headers, body } = await server.inject('/.well-known/jwks.json');
    await server.close();
    expect({ statusCode, body }).toEqual({ statusCode: 200, body: '{"keys":[]}' });
    expect(headers['content-type']).toMatch(/^application\/jwk-set\+json/);
    expect(headers['cache-control']).toBe('public, max-age=300');
  });
});
