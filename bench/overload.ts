/**
 * `npm run bench -- overload` measures how many logins per second a server carries out, and then sends ten times as many for 30 s
 * from 150 connections of one network, next to `me` and to a few logins from other networks. Server, database and load
 * generator share one machine, so the figures are for comparison within one run.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { freePort } from '../test/support/program.js';
import type { Bench, Benchmark } from './bench.js';
import { startLoad } from './load-generator.js';
import { createPopulation, PASSWORD, type BenchUser } from './population.js';
import { startBuiltServer, type BuiltServer } from './faults/built-server.js';
import { readMetric } from './servers.js';
import { maximum, percentile, printRow } from './statistics.js';

const CONNECTIONS = 150;
const OVERLOAD = 10;
const CALIBRATION_SECONDS = 10;
const FLOOD_SECONDS = 30;
const USERS = 200;
const OTHERS = 20;
const LEGITIMATE_LOGINS_PER_SECOND = 2;
const ME_PER_SECOND = 20;

const SUCCEEDING_SHARE = 0.8;
const LEGITIMATE_SHARE = 0.9;
const REFUSAL_P95_MS = 100;
const ME_P99_MS = 100;
const MEMORY_RATIO = 2;

interface LoginResult {
  readonly isLoggedIn: boolean;
  readonly isRefused: boolean;
  readonly ms: number;
}

/** @param perSecond without it, each connection sends the next login as soon as it has a response */
interface Flood {
  readonly connections: number;
  readonly seconds: number;
  readonly perSecond?: number;
}

const floodWithLogins = async (url: string, emails: readonly string[], flood: Flood): Promise<LoginResult[]> => {
  const worker = new Worker(new URL('login-flood.mjs', import.meta.url), {
    workerData: { url: `${url}/graphql`, emails, password: PASSWORD, ...flood },
    execArgv: [],
  });
  const [results] = (await once(worker, 'message')) as [LoginResult[]];
  return results;
};

const succeeded = (results: readonly LoginResult[]): number => results.filter(({ isLoggedIn }) => isLoggedIn).length;

/** Sends requests at a constant rate, and returns the duration of each and whether it succeeded. */
const startTimedLoad = (send: () => Promise<boolean>, perSecond: number) => {
  const results: { readonly ms: number; readonly isSuccess: boolean }[] = [];
  const load = startLoad(async () => {
    const startedAt = performance.now();
    const isSuccess = await send();
    results.push({ ms: performance.now() - startedAt, isSuccess });
    return { status: isSuccess ? 200 : 503 };
  }, perSecond);
  return { results, stop: () => load.stop() };
};

const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';

const logIn = async ({ send }: BuiltServer, email: string): Promise<boolean> => {
  const { data } = await send({ query: LOGIN, variables: { input: { email, password: PASSWORD } } });
  return (data?.['login'] as { __typename?: string } | undefined)?.__typename === 'LoginSuccess';
};

const work = async (bench: Bench): Promise<void> => {
  const population = await createPopulation(bench);
  const createUsers = async (count: number) => {
    const users: BenchUser[] = [];
    while (users.length < count) users.push(await population.createUser());
    return users;
  };
  const emails = (await createUsers(USERS)).map(({ email }) => email);
  const others = await createUsers(OTHERS);
  const reader = await population.createUser();
  // Password hashes at their real cost.
  const { ARGON2_MEMORY_KIB: _memory, ARGON2_PASSES: _passes, ...env } = population.env;
  // Only the queue for hashes is measured, and not the limit of a network.
  const metricsPort = await freePort();
  const server = await startBuiltServer(
    { ...bench, times: (count) => count },
    { ...env, LOGIN_ATTEMPTS_PER_NETWORK: '100000', METRICS_PORT: metricsPort },
  );
  const residentMegabytes = async () => (await readMetric(metricsPort, 'process_resident_memory_bytes')) / 2 ** 20;
  // The first login of each user hashes its password again, at the real cost.
  for (const email of [...emails, ...others.map((user) => user.email)]) await logIn(server, email);

  const peak =
    succeeded(await floodWithLogins(server.url, emails, { connections: 8, seconds: CALIBRATION_SECONDS })) /
    CALIBRATION_SECONDS;
  const before = await residentMegabytes();
  const readMe = async () => {
    const { status } = await server.send({ query: '{ me { id } }', accessToken: reader.accessToken });
    return status === 200;
  };
  // As through a proxy, the other clients have connections already: the server accepts one connection in each turn of its loop.
  await Promise.all(Array.from({ length: 2 * ME_PER_SECOND }, readMe));
  let turn = 0;
  const me = startTimedLoad(readMe, ME_PER_SECOND);
  const legitimate = startTimedLoad(() => {
    turn += 1;
    return logIn(server, others[turn % others.length]?.email ?? '');
  }, LEGITIMATE_LOGINS_PER_SECOND);
  const flood = await floodWithLogins(server.url, emails, {
    connections: CONNECTIONS,
    seconds: FLOOD_SECONDS,
    perSecond: OVERLOAD * peak,
  });
  await Promise.all([me.stop(), legitimate.stop()]);
  const during = await residentMegabytes();
  const afterwards = startTimedLoad(() => logIn(server, emails[0] ?? ''), LEGITIMATE_LOGINS_PER_SECOND);
  await delay(3000);
  await afterwards.stop();

  const legitimateLogins = legitimate.results.filter(({ isSuccess }) => isSuccess).length;
  const perSecond = (succeeded(flood) + legitimateLogins) / FLOOD_SECONDS;
  const refusals = flood.filter(({ isRefused }) => isRefused).map(({ ms }) => ms);
  const refusalMs = percentile(refusals, 0.95);
  const meMs = percentile(
    me.results.map(({ ms }) => ms),
    0.99,
  );
  printRow('logins a second, peak', peak.toFixed(1));
  printRow('logins a second, overloaded', perSecond.toFixed(1), `${flood.length} sent, ${refusals.length} refused`);
  printRow('logins from other networks', `${legitimateLogins} of ${legitimate.results.length} succeeded`);
  printRow('refusals, 95th percentile', `${refusalMs.toFixed(0)} ms`);
  printRow('me, 99th percentile', `${meMs.toFixed(0)} ms`, `${me.results.length} requests`);
  printRow('memory before and during', `${before.toFixed(0)} MB`, `${during.toFixed(0)} MB`);
  printRow('logins afterwards, slowest', `${maximum(afterwards.results.map(({ ms }) => ms)).toFixed(0)} ms`);

  bench.check(`at least ${SUCCEEDING_SHARE * 100} % of the peak logins succeed`, perSecond >= SUCCEEDING_SHARE * peak);
  bench.check(
    `at least ${LEGITIMATE_SHARE * 100} % of the logins from other networks succeed`,
    legitimateLogins >= LEGITIMATE_SHARE * legitimate.results.length,
  );
  bench.check(`refusals return within ${REFUSAL_P95_MS} ms (p95)`, refusalMs <= REFUSAL_P95_MS);
  bench.check(`me is answered within ${ME_P99_MS} ms (p99)`, meMs <= ME_P99_MS);
  bench.check('memory is bounded', during <= MEMORY_RATIO * before);
  bench.check(
    'every login afterwards succeeds',
    afterwards.results.every(({ isSuccess }) => isSuccess),
  );
};

export const overload: Benchmark = { minutes: 10, flags: [], work };
