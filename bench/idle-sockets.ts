import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { start } from '../test/support/program.js';
import type { Bench, Benchmark } from './bench.js';
import { waitUntil } from './load-generator.js';
import { ME } from './revocations.js';
import { startServer } from './servers.js';
import { formatMs, median, percentile, printRow, sum } from './statistics.js';

const CONNECTIONS = 10_000;
const PROCESSES = 4;
const REQUESTS = 500;
const OPENED_MS = 120_000;
/** A share of the connections is being opened again at any moment, because the server closes them when their time is over. */
const MIN_OPEN = 0.95 * CONNECTIONS;
/** The median may double: both are a few milliseconds, and the connections are opened again by the same machine. */
const MAX_RATIO = 2;
const EMAIL = 'bench@example.com';
const PASSWORD = 'correct horse battery staple';
const LOGIN = `mutation($input: LoginInput!) {
  login(input: $input) { ... on LoginSuccess { accessToken } }
}`;

/** Measures whether 10,000 unused connections slow down the requests of others. */
export const idleSockets: Benchmark = {
  minutes: 10,
  flags: [],
  embedded: true,
  work: async (bench) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
    bench.onEnd(() => rm(dataDir, { recursive: true, force: true }));
    const env = { NODE_ENV: 'test', DATA_DIR: dataDir, LOG_LEVEL: 'error' };
    const created = await start(
      'cli.ts',
      env,
      ['user', 'create', '--email', EMAIL, '--verified', '--password-stdin'],
      `${PASSWORD}\n`,
    ).ended;
    if (created.code !== 0) throw new Error(created.stderr);
    const server = await startServer(bench, env);
    const login = await server.send({ query: LOGIN, variables: { input: { email: EMAIL, password: PASSWORD } } });
    const { accessToken } = login.data?.['login'] as { accessToken: string };

    const requests = {
      'GET /healthz': () => fetch(`${server.url}/healthz`).then(({ status }) => status),
      me: () => server.send({ query: ME, accessToken }).then(({ status }) => status),
    };
    await measure(requests);
    const before = await measure(requests);
    const memoryBefore = await server.residentMegabytes();
    const children = openConnections(bench, new URL(server.url).port);
    if (!(await waitUntil(async () => (await countOpen(children)) >= MIN_OPEN, OPENED_MS)))
      throw new Error(`Only ${await countOpen(children)} connections could be opened. Raise the limit of open files.`);
    const during = await measure(requests);
    const open = await countOpen(children);
    const memoryDuring = await server.residentMegabytes();
    for (const child of children) child.kill();
    await Promise.all(children.map((child) => once(child, 'exit')));
    const after = await measure(requests);

    printRow('', 'without', '    with', '   after', ' with p99', '  ratio');
    const ratios = Object.keys(requests).map((name) => {
      const [without = [], among = [], afterwards = []] = [before, during, after].map((times) => times[name] ?? []);
      const ratio = median(among) / median([...without, ...afterwards]);
      const medians = [without, among, afterwards].map((times) => formatMs(median(times)));
      printRow(name, ...medians, formatMs(percentile(among, 0.99)), ratio.toFixed(2));
      return ratio;
    });
    console.log(
      `  open connections: ${open}; memory of the server: ${memoryBefore.toFixed(0)} -> ${memoryDuring.toFixed(0)} MiB`,
    );
    bench.check(`${CONNECTIONS} connections are open`, open >= MIN_OPEN);
    bench.check(`the median takes at most ${MAX_RATIO} times as long`, Math.max(...ratios) <= MAX_RATIO);
  },
};

type Times = Readonly<Record<string, readonly number[]>>;

/** Sends each request many times, one after the other. @throws Error when one is not answered with 200 */
const measure = async (requests: Readonly<Record<string, () => Promise<number>>>): Promise<Times> => {
  const times: Record<string, number[]> = {};
  for (let i = 0; i < REQUESTS; i += 1) {
    for (const [name, send] of Object.entries(requests)) {
      const startedAt = performance.now();
      const status = await send();
      (times[name] ??= []).push(performance.now() - startedAt);
      if (status !== 200) throw new Error(`${name} was answered with ${status}.`);
    }
  }
  return times;
};

const openConnections = (bench: Bench, port: string): ChildProcess[] => {
  const children = Array.from({ length: PROCESSES }, () =>
    fork(new URL('idle-connections.mjs', import.meta.url), [port, String(CONNECTIONS / PROCESSES)], { execArgv: [] }),
  );
  bench.onEnd(() => {
    for (const child of children) child.kill();
  });
  return children;
};

const countOpen = async (children: readonly ChildProcess[]): Promise<number> => {
  const counts = children.map(async (child) => {
    const answered = once(child, 'message') as Promise<[number]>;
    child.send('count');
    return (await answered)[0];
  });
  return sum(await Promise.all(counts));
};
