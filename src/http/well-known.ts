import type { FastifyInstance } from 'fastify';

import type { Auth } from '../auth/auth.js';

/** Adds the endpoint of the public keys with which other services verify our access tokens. @see RFC 7517 section 5, RFC 8615 */
export const addWellKnownRoutes = (server: FastifyInstance, auth: Pick<Auth, 'jwks'>): void => {
  server.get('/.well-known/jwks.json', (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').type('application/jwk-set+json').send(auth.jwks()),
  );
};
