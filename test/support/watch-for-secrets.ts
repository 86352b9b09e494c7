import type { AddressInfo } from 'node:net';

import type { Config } from '../../src/config/config.js';
import type { Gatehouse } from '../../src/server/gatehouse.js';
import { assertNoSecret, keepSecret, keepSecretsIn, keepSecretsOfMails } from './canary.js';

/** The watch over a server, which ends in two steps: before it is closed, and afterwards. */
export interface SecretWatch {
  /** Reads the metrics, and returns the check of everything that the server has written until it is called. */
  finish(): Promise<() => void>;
}

/**
 * Keeps what clients send as secrets and what a server issues. The check throws when the server has written one: in its log,
 * in an error of a response, or in its metrics.
 */
export const watchForSecrets = (gatehouse: Gatehouse, { dataDir }: Config, lines: readonly string[]): SecretWatch => {
  const { server } = gatehouse;
  const errors: string[] = [];
  server.addHook('preHandler', (request, _reply, done) => {
    keepSecretsIn(request.body);
    done();
  });
  server.addHook('onSend', (_request, reply, payload, done) => {
    for (const [, token = ''] of String(reply.getHeader('set-cookie')).matchAll(/__Host-[\w-]+=([^;]+)/g))
      keepSecret(token);
    if (typeof payload === 'string' && payload.startsWith('{')) {
      const { errors: found, ...body } = JSON.parse(payload) as { errors?: unknown };
      keepSecretsIn(body);
      if (found !== undefined) errors.push(JSON.stringify(found));
    }
    done();
  });
  return {
    async finish() {
      const metrics = await metricsOf(gatehouse);
      return () => {
        keepSecretsOfMails(dataDir);
        assertNoSecret('the log', lines);
        assertNoSecret('an error of a response', errors);
        assertNoSecret('the metrics', metrics.split('\n'));
      };
    },
  };
};

/** The metrics of a server that has them. */
const metricsOf = async ({ metricsServer }: Gatehouse): Promise<string> => {
  if (!metricsServer?.server.listening) return '';
  const { port } = metricsServer.server.address() as AddressInfo;
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
};
