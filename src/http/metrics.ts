import Fastify, { type FastifyInstance } from 'fastify';

/** The page of counters, as `src/server/metrics.ts` makes it. */
export interface MetricsPage {
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

/**
 * Makes the server of `/metrics`, with nothing listening yet. It has a port of its own: how busy a company's server is
 * concerns nobody who can merely reach the API.
 */
export const createMetricsServer = ({ contentType, text }: MetricsPage): FastifyInstance => {
  const server = Fastify({ forceCloseConnections: true });
  server.get('/metrics', async (_request, reply) => reply.type(contentType).send(await text()));
  return server;
};
