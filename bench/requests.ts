/**
 * `npm run bench` measures the cost of kinds of requests, each compared with the cheapest in the same run. Server and load
 * generator share one machine, so on a small machine the results are for comparison, not for sizing.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import autocannon from 'autocannon';

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
const client = { network: null, userAgent: null, language: null, requestId: 'bench' };
const tokens = await gatehouse.auth.login.withPassword({ email: EMAIL, password: PASSWORD }, client, noProof);
if ('failure' in tokens) throw new Error(tokens.failure);

const graphql = (query: string, headers = {}): autocannon.Options => ({
  url: `${url}/graphql`,
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ query }),
});
const bearer = { authorization: `Bearer ${tokens.accessToken}` };

const kinds: [string, autocannon.Options][] = [
  ['GET /healthz', { url: `${url}/healthz` }],
  ['authConfig, anonymous', graphql('{ authConfig { signUp } }')],
  ['authConfig, with a bearer', graphql('{ authConfig { signUp } }', bearer)],
  ['me', graphql('{ me { id email roles } }', bearer)],
];

const measure = async (options: autocannon.Options): Promise<number> => {
  await autocannon({ ...options, connections: 16, duration: 1 });
  const { requests, non2xx } = await autocannon({ ...options, connections: 16, duration: SECONDS, workers: 1 });
  if (non2xx > 0) throw new Error(`${non2xx} requests failed`);
  return requests.average;
};

let cheapest: number | undefined;
for (const [name, options] of kinds) {
  const rate = await measure(options);
  cheapest ??= rate;
  console.log(`${name.padEnd(28)} ${rate.toFixed(0).padStart(7)} a second  ${(rate / cheapest).toFixed(2)}`);
}
console.log(`principals read from the database: ${gatehouse.auth.principalReads()}`);

await gatehouse.close();
await rm(dataDir, { recursive: true, force: true });
