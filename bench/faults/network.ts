import { setTimeout as delay } from 'node:timers/promises';

import { startTcpProxy, type TcpProxy, type Toxic } from '../../test/support/tcp-proxy.js';
import { formatMs } from '../statistics.js';
import { startBuiltServer } from './built-server.js';
import { isReady, msUntil, startDatabase, type Fault, type FaultRun } from './fault.js';
import { createNetworkLoad, type NetworkLoad } from './network-load.js';

const OUTAGE_MS = { short: 3_000, long: 20_000 };
const DISTURBANCE_MS = 8_000;
/** Until an outage is detected, and until requests are served again after it. */
const DETECTED_MS = 2_000;
const RECOVERED_MS = 5_000;
/** A statement has a limit of 5 seconds; this is the limit of a whole request in an outage. A slow network adds up. */
const RESPONSE_MS = 7_000;

/** A fault between the server and the database. */
interface NetworkFault {
  readonly name: string;
  /** Whether no statement is executed during it, so that the server must not be ready. */
  readonly isOutage: boolean;
  readonly ms: number;
  readonly begin: () => unknown;
  readonly end: () => unknown;
}

const outagesOf = (name: string, begin: () => unknown, end: () => unknown): NetworkFault[] =>
  [OUTAGE_MS.short, OUTAGE_MS.long].map((ms) => ({
    name: `${name} for ${ms / 1000} s`,
    isOutage: true,
    ms,
    begin,
    end,
  }));

const toxicsOf = (proxy: TcpProxy, ...toxics: readonly (readonly [name: string, toxic: Toxic])[]): NetworkFault[] =>
  toxics.map(([name, toxic]) => ({
    name,
    isOutage: false,
    ms: DISTURBANCE_MS,
    begin: () => proxy.add(toxic),
    end: () => proxy.restore(),
  }));

/** Repeats something until the fault ends. */
const repeatedly = (name: string, everyMs: number, act: () => void): NetworkFault => {
  let timer: NodeJS.Timeout | undefined;
  return {
    name,
    isOutage: false,
    ms: DISTURBANCE_MS,
    begin: () => {
      timer = setInterval(act, everyMs);
    },
    end: () => clearInterval(timer),
  };
};

const faultsOf = (proxy: TcpProxy, freeze: () => void, thaw: () => void): NetworkFault[] => [
  ...outagesOf(
    'timeout (packets are dropped)',
    () => proxy.blackHole(),
    () => proxy.restore(),
  ),
  ...outagesOf('SIGSTOP of PostgreSQL', freeze, thaw),
  ...outagesOf(
    'down',
    () => proxy.down(),
    () => proxy.up(),
  ),
  ...toxicsOf(
    proxy,
    ['latency 50 ± 25 ms', { type: 'latency', latencyMs: 50, jitterMs: 25 }],
    ['latency 1,000 ± 500 ms', { type: 'latency', latencyMs: 1_000, jitterMs: 500 }],
    ['bandwidth 100 kB/s', { type: 'bandwidth', bytesPerSecond: 100_000 }],
    ['bandwidth 5 kB/s', { type: 'bandwidth', bytesPerSecond: 5_000 }],
    ['slicer 64 bytes, 1 ms', { type: 'slicer', bytes: 64, delayMs: 1 }],
    ['slicer 8 bytes, 5 ms', { type: 'slicer', bytes: 8, delayMs: 5 }],
    ['slow_close 1 s', { type: 'slow_close', delayMs: 1_000 }],
    ['slow_close 10 s', { type: 'slow_close', delayMs: 10_000 }],
  ),
  repeatedly('reset_peer every second', 1_000, () => proxy.resetPeers()),
  repeatedly('reset_peer every 100 ms', 100, () => proxy.resetPeers()),
  repeatedly('reset before COMMIT arrives, once a second', 1_000, () => void proxy.resetAt('COMMIT', 'before')),
  repeatedly('reset after COMMIT, ten times a second', 100, () => void proxy.resetAt('COMMIT', 'after')),
];

const measure = async (
  run: FaultRun,
  { name, isOutage, ms, begin, end }: NetworkFault,
  load: NetworkLoad,
): Promise<void> => {
  const revocation = await load.prepareRevocation();
  await begin();
  const startedAt = performance.now();
  revocation.revoke();
  const detectedMs = isOutage ? await msUntil(async () => !(await isReady(load.server))) : 0;
  await delay(ms - (performance.now() - startedAt));
  await end();
  const recoveredMs = await msUntil(async () => (await isReady(load.server)) && (await load.serves()));
  const { requests, slowestMs, unavailable, wrong } = await load.take();
  console.log(
    `${name}: ${requests} requests, ${unavailable} with SERVICE_UNAVAILABLE, slowest ${formatMs(slowestMs).trim()}; ` +
      `${isOutage ? `readyz false after ${formatMs(detectedMs).trim()}, ` : ''}served again after ${formatMs(recoveredMs).trim()}`,
  );
  run.check(`${name}: no wrong response (${[...new Set(wrong)].join(', ') || 'none'})`, wrong.length === 0);
  run.check(`${name}: a session that was ended meanwhile is refused`, !(await revocation.isAccepted()));
  if (isOutage) {
    run.check(`${name}: readyz is false within 2 s`, detectedMs <= DETECTED_MS);
    run.check(`${name}: no request takes longer than 7 s`, slowestMs <= RESPONSE_MS);
  }
  run.check(`${name}: requests are served within 5 s of its end`, recoveredMs <= RECOVERED_MS);
};

const work = async (run: FaultRun): Promise<void> => {
  const { cluster, population } = await startDatabase(run);
  const url = new URL(population.databaseUrl);
  const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  run.onEnd(() => proxy.close());
  url.port = String(proxy.port);
  const env = { ...population.env, DATABASE_URL: url.href, LOGIN_ATTEMPTS_PER_NETWORK: '1000000' };
  const server = await startBuiltServer(run, env);
  const load = await createNetworkLoad(population, server);
  run.onEnd(() => load.stop());
  const faults = faultsOf(
    proxy,
    () => cluster.freeze(),
    () => cluster.thaw(),
  );
  for (let round = 0; round < run.times(1); round += 1) for (const fault of faults) await measure(run, fault, load);
  server.kill('SIGTERM');
  run.check('the server ends with 0', (await server.ended) === 0);
};

/** `npm run faults -- --only network` */
export const network: Fault = {
  summary: 'the database is unavailable for 20 s, and its network has each fault of toxiproxy at two strengths',
  minutes: 20,
  work,
};
