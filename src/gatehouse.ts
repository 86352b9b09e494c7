import 'reflect-metadata';

import type { FastifyInstance } from 'fastify';

import { resolvers } from './app/resolvers.js';
import type { Config } from './config.js';
import { createSchema, type ResolverClass } from './graphql/schema.js';
import { createServer } from './http/server.js';
import { openIdentity, type Identity, type IdentityOptions } from './identity.js';
import { createLog } from './log.js';

/** What a deployment adds. */
export interface GatehouseOptions extends IdentityOptions {
  readonly resolvers?: readonly ResolverClass[];
}

/** A server with its parts, not yet listening. */
export interface Gatehouse extends Identity {
  readonly server: FastifyInstance;
  /** Listens, and answers the URL. */
  start(): Promise<string>;
}

/**
 * Constructs the server: the flows that `identity.ts` constructs, with GraphQL and HTTP before them.
 *
 * @throws what `openIdentity` throws, or Error when a root field states no rule
 */
export const createGatehouse = async (config: Config, options: GatehouseOptions = {}): Promise<Gatehouse> => {
  const schema = createSchema(options.resolvers ?? resolvers);
  const log = options.log ?? createLog(config);
  const identity = await openIdentity(config, { ...options, log });
  const server = await createServer({ config, auth: identity.auth, schema, log });
  return {
    ...identity,
    server,
    start: () => server.listen({ host: config.host, port: config.port }),
    async close() {
      await server.close();
      await identity.close();
    },
  };
};
