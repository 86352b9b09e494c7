import Fastify, { type FastifyInstance } from 'fastify';

/** The metrics in the text format of Prometheus. */
export interface MetricsPage {
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

/**
 * Creates the server of `/metrics`, which does not listen yet. It has its own port, because not everyone who can reach the
 * API may see the load of a deployment.
 */
export const createMetricsServer = ({ contentType, text }: MetricsPage): FastifyInstance => {
  const server = Fastify({ forceCloseConnections: true });
  server.get('/metrics', async (_request, reply) => reply.type(contentType).send(await text()));
  return server;
};
