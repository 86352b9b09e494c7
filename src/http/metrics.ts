import type { FastifyInstance } from 'fastify';

import { collectMethods, refuseOtherMethods } from './allowed-methods.js';
import { createBaseServer, type BaseServerOptions } from './base-server.js';

/** The metrics in the text format of Prometheus. */
export interface MetricsPage {
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

/**
 * Creates the server of `/metrics`, which does not listen yet. It has its own port, because not everyone who can reach the
 * API may see the load of a deployment, and the limits and headers of the server of the API. It logs no requests.
 */
export const createMetricsServer = async (
  { contentType, text }: MetricsPage,
  { log, ...options }: BaseServerOptions,
): Promise<FastifyInstance> => {
  const server = await createBaseServer({ ...options, log: log.child({}, { level: 'warn' }) });
  refuseOtherMethods(server, collectMethods(server));
  server.get('/metrics', async (_request, reply) => reply.type(contentType).send(await text()));
  return server;
};
