import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Bench } from './bench.js';

/** The header of a response that names the server it comes from. */
export const SERVED_BY = 'x-served-by';

/** Starts a proxy that passes each request to the next server. Returns its URL. It is closed when the benchmark ends. */
export const startRoundRobin = async (
  bench: Pick<Bench, 'onEnd'>,
  servers: readonly { readonly name: string; readonly url: string }[],
): Promise<string> => {
  const agent = new Agent({ keepAlive: true });
  let count = 0;
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const server = servers[count % servers.length];
    count += 1;
    if (!server) return;
    const { method, headers, url = '/' } = incoming;
    const passed = request(new URL(url, server.url), { agent, method, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, { ...response.headers, [SERVED_BY]: server.name });
      response.pipe(outgoing);
    });
    passed.on('error', () => {
      if (!outgoing.headersSent) outgoing.writeHead(502, { [SERVED_BY]: server.name });
      outgoing.end();
    });
    incoming.pipe(passed);
  };
  const proxy = createServer(pass).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  bench.onEnd(() => {
    proxy.closeAllConnections();
    proxy.close();
    agent.destroy();
  });
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
};
