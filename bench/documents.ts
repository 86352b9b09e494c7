import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadConfig } from '../src/config/config.js';
import { createGatehouse } from '../src/server/gatehouse.js';
import { measureCpu } from '../test/support/cpu.js';
import { fill, shapes } from '../test/support/request-shapes.js';
import { BODY_LIMIT_BYTES } from '../src/values/policy.js';
import type { Benchmark } from './bench.js';
import { printRow, formatMs } from './statistics.js';

const TARGET_MS = 50;
const REPEATS = 5;
/** Fractions of the largest body. A body that exceeds a limit is rejected early, so a smaller one may cost more. */
const PARTS = [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32];

/** Measures the CPU time of the largest body of each shape, and of smaller ones. */
export const documents: Benchmark = {
  minutes: 10,
  flags: [],
  embedded: true,
  work: async (bench) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
    bench.onEnd(() => rm(dataDir, { recursive: true, force: true }));
    const gatehouse = await createGatehouse(
      loadConfig({ NODE_ENV: 'test', DATA_DIR: dataDir, LOG_LEVEL: 'silent', PORT: '0' }),
    );
    bench.onEnd(() => gatehouse.close());
    await gatehouse.start();
    const url = `http://127.0.0.1:${(gatehouse.server.server.address() as AddressInfo).port}/graphql`;

    let count = 0;
    const cost = async (body: string) => {
      const times: number[] = [];
      for (let i = 0; i < REPEATS; i += 1) {
        count += 1;
        // A different comment each time, so that no cache contains the document.
        const uniqueBody = body.replace(/^\{"query":"/, `{"query":"#${count}\\n`);
        const send = () =>
          fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: uniqueBody });
        const { result, cpuMilliseconds } = await measureCpu(send);
        await result.text();
        times.push(cpuMilliseconds);
      }
      return Math.min(...times);
    };
    for (const shape of Object.values(shapes)) await cost(fill(shape, BODY_LIMIT_BYTES / 8));

    printRow('', 'largest body', 'costliest body', 'at');
    const slow: string[] = [];
    for (const [name, shape] of Object.entries(shapes)) {
      const costs: { bytes: number; cpu: number }[] = [];
      for (const part of PARTS) {
        const body = fill(shape, Math.floor(BODY_LIMIT_BYTES * part) - 16);
        costs.push({ bytes: Buffer.byteLength(body), cpu: await cost(body) });
      }
      const costliest = costs.reduce((most, other) => (other.cpu > most.cpu ? other : most));
      printRow(
        name,
        formatMs(costs[0]?.cpu ?? NaN),
        formatMs(costliest.cpu),
        `${(costliest.bytes / 1024).toFixed(1)} KiB`,
      );
      if (costliest.cpu > TARGET_MS) slow.push(name);
    }
    bench.check(`every body costs at most ${TARGET_MS} ms of CPU time`, slow.length === 0);
  },
};
