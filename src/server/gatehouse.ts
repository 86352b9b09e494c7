import 'reflect-metadata';

import type { FastifyInstance } from 'fastify';

import { resolvers } from '../app/resolvers.js';
import type { Config } from '../config/config.js';
import { createSchema, type ResolverClass } from '../graphql/schema.js';
import { createMetricsServer } from '../http/metrics.js';
import { createServer } from '../http/server.js';
import { openCore, type Core, type CoreOptions } from './core.js';
import { createLog } from './log.js';
import { createMetrics } from './metrics.js';

/** What a deployment adds. */
export interface GatehouseOptions extends Omit<CoreOptions, 'onJobRun'> {
  readonly resolvers?: readonly ResolverClass[];
}

/** A server with its parts, not yet listening. */
export interface Gatehouse extends Core {
  readonly server: FastifyInstance;
  /** The server of `/metrics`, where METRICS_PORT asks for one. */
  readonly metricsServer: FastifyInstance | undefined;
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
  const metrics = config.metricsPort === undefined ? undefined : createMetrics();
  const identity = await openCore(config, { ...options, log, onJobRun: metrics?.jobRan });
  metrics?.principalReads(identity.auth.principalReads);
  metrics?.outbox(() => identity.store.queueEntries.count());
  const server = await createServer({ config, auth: identity.auth, schema, log });
  const metricsServer = metrics && createMetricsServer(metrics);
  return {
    ...identity,
    server,
    metricsServer,
    async start() {
      await metricsServer?.listen({ host: config.host, port: config.metricsPort ?? 0 });
      return server.listen({ host: config.host, port: config.port });
    },
    async close() {
      await server.close();
      await metricsServer?.close();
      await identity.close();
    },
  };
};
