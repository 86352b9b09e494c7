import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sendRequest, type GraphQLRequest, type GraphQLResponse } from '../servers.js';
import { buildServer, startDeployedServer, type DeployedServer } from './deployment.js';
import { isReady, msUntil, type FaultRun } from './fault.js';

/** A server as it is deployed, which starts faster than one from its source. */
export interface BuiltServer extends DeployedServer {
  /** From the start of the process until `/readyz` responds with 200. */
  readonly readyMs: number;
  /** @throws Error when there is no response */
  readonly send: (request: GraphQLRequest) => Promise<GraphQLResponse>;
}

let built: Promise<string> | undefined;

/** Builds the server, once for all faults of this process. */
const buildOnce = (): Promise<string> =>
  (built ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-faults-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    await buildServer(folder);
    return folder;
  })());

/**
 * Starts a server and waits until it is ready.
 *
 * @throws Error with its output when it does not start
 */
export const startBuiltServer = async (run: FaultRun, env: NodeJS.ProcessEnv): Promise<BuiltServer> => {
  const folder = await buildOnce();
  const startedAt = performance.now();
  const server = await startDeployedServer(run, folder, { TRUST_PROXY: '1', ...env });
  const hasEnded = server.ended.then(() => Infinity);
  const isUp = await Promise.race([msUntil(() => isReady(server)), hasEnded]);
  if (isUp === Infinity) throw new Error(`A server did not start. Its output:\n${server.output()}`);
  return {
    ...server,
    readyMs: performance.now() - startedAt,
    send: (request) => sendRequest(server.url, request),
  };
};
