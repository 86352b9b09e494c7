import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import fc, { type Arbitrary } from 'fast-check';

import { loadConfig } from '../src/config/config.js';
import { createGatehouse, type Gatehouse } from '../src/server/gatehouse.js';
import { noProof } from '../test/support/core.js';
import { measureCpu } from '../test/support/cpu.js';
import { fuzzedBody, fuzzedDocument, type FuzzedRequest } from '../test/support/fuzzed-requests.js';
import type { Benchmark } from './bench.js';
import { formatMs, maximum, percentile, printRow } from './statistics.js';

const REQUESTS = 10_000;
/** Generated at once, so that the requests that wait do not count as memory of the server. */
const BATCH = 500;
const MAX_CPU_MS = 50;
/** A request that exceeds it is sent again so often, because a garbage collection costs as much. */
const REPEATS = 5;
/** While the bodies are sent. Until then, the cache of parsed documents grows to its limit. */
const MAX_GROWTH_MIB = 8;
const PASSWORD = 'correct horse battery staple';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const heapMegabytes = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

let administrators = 0;

/** Creates an administrator, and returns the header of a request of theirs. */
const logInAdministrator = async ({ users, login }: Gatehouse['auth']): Promise<string> => {
  administrators += 1;
  const account = { email: `admin${administrators}@example.com`, password: PASSWORD };
  await users.create({ ...account, name: null, roles: ['ADMIN'], verified: true }, { kind: 'system' });
  const client = { network: null, ranges: null, userAgent: null, language: null, requestId: 'bench' };
  const tokens = await login.withPassword(account, client, noProof);
  if ('failure' in tokens) throw new Error(tokens.failure);
  return `Bearer ${tokens.accessToken}`;
};

/** Sends random documents and random bodies, and measures what each of them costs. */
export const fuzz: Benchmark = {
  minutes: 60,
  flags: [],
  argument: 'SEED',
  embedded: true,
  work: async (bench) => {
    const seed = bench.argument === undefined ? randomInt(2 ** 31) : Number(bench.argument);
    console.log(`  seed ${seed}`);
    const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
    bench.onEnd(() => rm(dataDir, { recursive: true, force: true }));
    const gatehouse = await createGatehouse(
      loadConfig({
        NODE_ENV: 'test',
        DATA_DIR: dataDir,
        LOG_LEVEL: 'silent',
        PORT: '0',
        MAIL_URL: 'off',
        // The benchmark does not measure the cost of hashes.
        ARGON2_MEMORY_KIB: '1024',
        ARGON2_PASSES: '1',
      }),
    );
    bench.onEnd(() => gatehouse.close());
    await gatehouse.start();
    const url = `http://127.0.0.1:${(gatehouse.server.server.address() as AddressInfo).port}/graphql`;

    let authorization = await logInAdministrator(gatehouse.auth);
    const send = async ({ headers, body }: FuzzedRequest) => {
      const { result, cpuMilliseconds } = await measureCpu(async () => {
        const response = await fetch(url, { method: 'POST', headers: { ...headers, authorization }, body });
        return { status: response.status, text: await response.text() };
      });
      return { ...result, cpuMilliseconds };
    };

    const heaps: number[] = [];
    const run = async (arbitrary: Arbitrary<FuzzedRequest>, count: number, offset: number) => {
      const statuses = new Map<number, number>();
      const costs: number[] = [];
      for (let done = 0; done < count; done += BATCH) {
        for (const request of fc.sample(arbitrary, { numRuns: BATCH, seed: seed + offset + done })) {
          const { status, text, cpuMilliseconds } = await send(request);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          // The request before has ended the session, or too many wrong passwords have.
          if (status === 401) authorization = await logInAdministrator(gatehouse.auth);
          if (status >= 500) console.log(`  ${status}: ${request.body.toString().slice(0, 500)}`);
          JSON.parse(text);
          let least = cpuMilliseconds;
          for (let i = 0; i < REPEATS && least > MAX_CPU_MS; i += 1)
            least = Math.min(least, (await send(request)).cpuMilliseconds);
          if (least > MAX_CPU_MS) console.log(`  ${formatMs(least)}: ${request.body.toString().slice(0, 500)}`);
          costs.push(least);
        }
        heaps.push(heapMegabytes());
      }
      return { statuses, costs };
    };

    // Compiles the code and fills the caches.
    await run(fuzzedDocument, BATCH, -BATCH);
    await run(fuzzedBody, BATCH, -BATCH);
    heaps.length = 0;
    printRow('CPU time of client and server', '  median', '     p99', ' maximum', 'statuses');
    for (const [name, arbitrary] of [
      [`${REQUESTS} documents`, fuzzedDocument],
      [`${REQUESTS} bodies`, fuzzedBody],
    ] as const) {
      const { statuses, costs } = await run(arbitrary, REQUESTS, 0);
      const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
      const figures = [percentile(costs, 0.5), percentile(costs, 0.99), maximum(costs)];
      printRow(name, ...figures.map(formatMs), counts.join(', '));
      bench.check(
        `${name}: none is answered with 5xx`,
        [...statuses.keys()].every((status) => status < 500),
      );
      bench.check(`${name}: each costs at most ${MAX_CPU_MS} ms of CPU time`, maximum(costs) <= MAX_CPU_MS);
    }
    const [afterDocuments = NaN, afterBodies = NaN] = [heaps[REQUESTS / BATCH - 1], heaps.at(-1)];
    console.log(`  heap in MiB: ${heaps.map((heap) => heap.toFixed(0)).join(' ')}`);
    bench.check(
      `the heap grows by at most ${MAX_GROWTH_MIB} MiB, once its cache of documents is full`,
      afterBodies - afterDocuments <= MAX_GROWTH_MIB,
    );
  },
};
