import { setTimeout as delay } from 'node:timers/promises';

import { startPostgresCluster } from '../test/support/postgres-cluster.js';
import { startTcpProxy } from '../test/support/tcp-proxy.js';
import type { Bench, Benchmark } from './bench.js';
import { maximum, formatMs } from './statistics.js';
import { createPopulation, PASSWORD } from './population.js';
import { startServer, type GraphQLRequest, type Server } from './servers.js';
import { ME } from './revocations.js';

const ROUNDS = 2;
const OUTAGE_MS = 12_000;
const REQUESTS_PER_SECOND = 20;
/** Until an outage is detected, and until requests are served again after it. */
const DETECTED_MS = 2_000;
const RECOVERED_MS = 5_000;
/** A statement has a limit of 5 seconds; this is the limit of a whole request. */
const RESPONSE_MS = 7_000;
const GIVEN_UP_MS = 60_000;

const LOGIN = `mutation($input: LoginInput!) {
  login(input: $input) { __typename }
}`;

/** An outage that can be started and ended, and how to reach the database that it affects. */
interface Outage {
  readonly name: string;
  readonly databaseUrl: (url: string) => string;
  readonly begin: () => void;
  readonly end: () => void;
}

interface Sample {
  readonly tookMs: number;
  /** Neither a success nor a 503. */
  readonly isWrong: boolean;
}

const isReady = async (server: Server): Promise<boolean> => (await fetch(`${server.url}/readyz`)).status === 200;

const untilMs = async (isDone: () => Promise<boolean>): Promise<number> => {
  const startedAt = performance.now();
  while (!(await isDone())) {
    if (performance.now() - startedAt > GIVEN_UP_MS) return Infinity;
    await delay(20);
  }
  return performance.now() - startedAt;
};

const sample = async (server: Server, request: GraphQLRequest): Promise<Sample> => {
  const startedAt = performance.now();
  const { status, data } = await server.send(request);
  const result = data?.['login'] as { __typename: string } | null | undefined;
  const isRefused = result !== undefined && result !== null && result.__typename !== 'LoginSuccess';
  return {
    tookMs: performance.now() - startedAt,
    isWrong: !(status === 503 || (status === 200 && !isRefused)),
  };
};

const measure = async (bench: Bench, outage: Outage, postgresUrl: string): Promise<void> => {
  const population = await createPopulation({ ...bench, postgresUrl });
  const databaseUrl = outage.databaseUrl(population.databaseUrl);
  const server = await startServer(bench, { ...population.env, DATABASE_URL: databaseUrl });
  const { email } = await population.createUser();
  // Another user, because many logins end the oldest sessions of the first.
  const { accessToken } = await population.createUser();
  const requests: GraphQLRequest[] = [
    { query: LOGIN, variables: { input: { email, password: PASSWORD } } },
    { query: ME, accessToken },
  ];
  const serves = async () => (await server.send(requests[0] ?? { query: ME })).status === 200;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const samples: Promise<Sample>[] = [];
    const timer = setInterval(
      () => {
        for (const request of requests) samples.push(sample(server, request));
      },
      1000 / (REQUESTS_PER_SECOND / requests.length),
    );
    await delay(1_000);
    const before = samples.length;
    outage.begin();
    const detected = await untilMs(async () => !(await isReady(server)));
    await delay(OUTAGE_MS - detected);
    outage.end();
    const recovered = await untilMs(() => isReady(server));
    const served = recovered + (await untilMs(serves));
    clearInterval(timer);
    const answered = await Promise.all(samples);
    const slowest = maximum(answered.slice(before).map(({ tookMs }) => tookMs));
    const wrong = answered.filter(({ isWrong }) => isWrong).length;
    console.log(
      `${outage.name}, round ${round}: readyz false after ${formatMs(detected).trim()}, true after ${formatMs(recovered).trim()}, a login ` +
        `served after ${formatMs(served).trim()}; slowest of ${answered.length - before} requests ${formatMs(slowest).trim()}, ${wrong} wrong`,
    );
    bench.check(`${outage.name}: readyz is false within 2 s`, detected <= DETECTED_MS);
    bench.check(`${outage.name}: readyz is true and a login served within 5 s`, served <= RECOVERED_MS);
    bench.check(`${outage.name}: no request takes longer than 7 s`, slowest <= RESPONSE_MS);
    bench.check(`${outage.name}: no request gets a wrong answer (${wrong})`, wrong === 0);
  }
  await server.stop();
};

const work = async (bench: Bench): Promise<void> => {
  const direct = new URL(bench.postgresUrl);
  const proxy = await startTcpProxy({ host: direct.hostname, port: Number(direct.port || 5432) });
  bench.onEnd(() => proxy.close());
  const through = (databaseUrl: string): string => {
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${proxy.port}`;
    return url.href;
  };
  await measure(
    bench,
    { name: 'packets dropped', databaseUrl: through, begin: () => proxy.blackHole(), end: () => proxy.restore() },
    bench.postgresUrl,
  );

  const cluster = await startPostgresCluster();
  bench.onEnd(() => cluster.close());
  await measure(
    bench,
    { name: 'SIGSTOP', databaseUrl: (url) => url, begin: () => cluster.freeze(), end: () => cluster.thaw() },
    cluster.url,
  );
};

/** `npm run bench -- outage` */
export const outage: Benchmark = { minutes: 5, flags: [], work };
