import Fastify, { type FastifyInstance } from 'fastify';

/** The metrics in the text format of Prometheus. */
export interface MetricsPage {
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

/**
 * Creates the server of `/metrics`, which does not listen yet. It has a port of its own, because the load of a deployment is
 * not for everyone who can reach the API.
 */
export const createMetricsServer = ({ contentType, text }: MetricsPage): FastifyInstance => {
  const server = Fastify({ forceCloseConnections: true });
  server.get('/metrics', async (_request, reply) => reply.type(contentType).send(await text()));
  return server;
};
