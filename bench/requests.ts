/**
 * `npm run bench` measures the cost of kinds of requests, each compared with the cheapest in the same run. Server and load
 * generator share one machine, so on a small machine the results are for comparison, not for sizing.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { loadConfig } from '../src/config/config.js';
import { createGatehouse } from '../src/server/gatehouse.js';
import { noProof } from '../test/support/core.js';

const SECONDS = 5;
const PASSWORD = 'correct horse battery staple';
const EMAIL = 'bench@example.com';

const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
const { DATABASE_URL } = process.env;
const config = loadConfig({ NODE_ENV: 'test', DATA_DIR: dataDir, LOG_LEVEL: 'silent', PORT: '0', DATABASE_URL });
const gatehouse = await createGatehouse(config);
await gatehouse.start();
const url = `http://127.0.0.1:${(gatehouse.server.server.address() as AddressInfo).port}`;

const account = { email: EMAIL, password: PASSWORD, name: null, roles: [], verified: true };
await gatehouse.auth.users.create(account, { kind: 'system' });
const client = { network: null, ranges: null, userAgent: null, language: null, requestId: 'bench' };
const tokens = await gatehouse.auth.login.withPassword({ email: EMAIL, password: PASSWORD }, client, noProof);
if ('failure' in tokens) throw new Error(tokens.failure);

/** The request that `request-rate.mjs` repeats. */
interface RepeatedRequest {
  readonly url: string;
  readonly method?: 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const graphql = (query: string, headers = {}): RepeatedRequest => ({
  url: `${url}/graphql`,
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ query }),
});
const bearer = { authorization: `Bearer ${tokens.accessToken}` };

const kinds: [string, RepeatedRequest][] = [
  ['GET /healthz', { url: `${url}/healthz` }],
  ['authConfig, anonymous', graphql('{ authConfig { signUp } }')],
  ['authConfig, with a bearer', graphql('{ authConfig { signUp } }', bearer)],
  ['me', graphql('{ me { id email roles } }', bearer)],
];

/** Returns the number of responses a second. */
const measure = async (request: RepeatedRequest): Promise<number> => {
  const worker = new Worker(new URL('request-rate.mjs', import.meta.url), {
    workerData: { ...request, seconds: SECONDS },
    execArgv: [],
  });
  const [rate] = (await once(worker, 'message')) as [number];
  return rate;
};

let cheapest: number | undefined;
for (const [name, request] of kinds) {
  const rate = await measure(request);
  cheapest ??= rate;
  console.log(`${name.padEnd(28)} ${rate.toFixed(0).padStart(7)} a second  ${(rate / cheapest).toFixed(2)}`);
}
console.log(`principals read from the database: ${gatehouse.auth.principalReads()}`);

await gatehouse.close();
await rm(dataDir, { recursive: true, force: true });
