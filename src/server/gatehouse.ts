import 'reflect-metadata';

import type { FastifyInstance } from 'fastify';

import type { Config } from '../config/config.js';
import { createSchema } from '../graphql/schema.js';
import { createFaultReport } from '../http/errors.js';
import { createMetricsServer } from '../http/metrics.js';
import { createServer } from '../http/server.js';
import { application } from './application.js';
import { openCore, type Core, type CoreOptions } from './core.js';
import { explainListenError } from './listen-error.js';
import { createLog } from './log.js';
import { createMetrics } from './metrics/metrics.js';

/** The options of a server. */
export type GatehouseOptions = Omit<CoreOptions, 'metrics'>;

/** The complete server, not yet listening. */
export interface Gatehouse extends Core {
  readonly server: FastifyInstance;
  /** The server of `/metrics`; undefined without METRICS_PORT. */
  readonly metricsServer: FastifyInstance | undefined;
  /** Listens, and returns the URL. @throws CannotListen */
  start(): Promise<string>;
}

/**
 * Constructs the server: the core, and on top of it GraphQL and HTTP.
 *
 * @throws the errors of `openCore`, or OperatorError as `createSchema` does
 */
export const createGatehouse = async (config: Config, options: GatehouseOptions = {}): Promise<Gatehouse> => {
  const schema = createSchema(options.resolvers ?? application.resolvers);
  const log = options.log ?? createLog(config);
  const metrics = config.metricsPort === undefined ? undefined : createMetrics();
  const core = await openCore(config, { ...options, log, metrics });
  const server = await createServer({
    config,
    auth: core.auth,
    translations: core.pageTranslations,
    schema,
    routes: options.routes ?? application.routes,
    log,
    burstLog: core.burstLog,
    observer: metrics?.requests,
  });
  const metricsServer =
    metrics &&
    (await createMetricsServer(metrics, {
      log,
      isHttps: config.publicUrl.startsWith('https:'),
      isSchemaPublic: config.introspection,
      onFault: createFaultReport(log, core.burstLog),
    }));
  return {
    ...core,
    server,
    metricsServer,
    async start() {
      const { host, port, metricsHost, metricsPort = 0 } = config;
      await metricsServer
        ?.listen({ host: metricsHost, port: metricsPort })
        .catch(explainListenError('METRICS_HOST', 'METRICS_PORT'));
      return server.listen({ host, port }).catch(explainListenError('HOST', 'PORT'));
    },
    async close() {
      await server.close();
      await metricsServer?.close();
      await core.close();
    },
  };
};
