import type { FastifyBaseLogger, FastifyInstance } from 'fastify';

import {
  HEAD_LIMIT_BYTES,
  KEEP_ALIVE_SECONDS,
  MAX_CONNECTIONS,
  REQUEST_TIMEOUT_SECONDS,
  STALLED_CONNECTION_SECONDS,
} from '../values/policy.js';

/** The log has at most one line about refused connections in this time. */
const REPORT_MS = 60_000;

/**
 * The options of a server that limit how long a connection can wait for its client: to send a request, to read a response, and
 * between requests.
 */
export const connectionLimits = (requestTimeoutSeconds = REQUEST_TIMEOUT_SECONDS) => ({
  requestTimeout: requestTimeoutSeconds * 1000,
  connectionTimeout: STALLED_CONNECTION_SECONDS * 1000,
  keepAliveTimeout: KEEP_ALIVE_SECONDS * 1000,
  http: {
    // Node would refuse a missing Host without a body; `headRefusalOf` refuses it in our format.
    requireHostHeader: false,
    maxHeaderSize: HEAD_LIMIT_BYTES,
    requestTimeout: requestTimeoutSeconds * 1000,
    headersTimeout: requestTimeoutSeconds * 1000,
    // How often Node looks for requests that are too slow.
    connectionsCheckingInterval: 500,
  },
});

/**
 * Limits the number of connections. Beyond the limit, Node closes a connection as soon as it accepts it, without a response: to
 * write one would cost what the limit protects. The log counts them in one line a minute at most.
 */
export const limitConnections = ({ server }: FastifyInstance, log: FastifyBaseLogger): void => {
  server.maxConnections = MAX_CONNECTIONS;
  let refused = 0;
  let reportedAt = -Infinity;
  server.on('drop', () => {
    refused += 1;
    const now = performance.now();
    if (now - reportedAt < REPORT_MS) return;
    log.warn({ refused, limit: server.maxConnections }, 'connections were refused, because too many are open');
    reportedAt = now;
    refused = 0;
  });
};
