import type { Bench, Benchmark } from './bench.js';
import { measureListenerFaults } from './listener-faults.js';
import { measureCacheFillRace } from './cache-fill-race.js';
import { median } from './statistics.js';
import { measureRevocation, reportRevocation } from './revocation-delay.js';
import { createPopulation } from './population.js';
import { waitUntilCached, startServer, type GraphQLRequest } from './servers.js';
import type { Verdict } from './load-generator.js';
import { ME, warmUp, revocations, type RevocationSetup } from './revocations.js';

const TIMES = 30;
const TYPICAL_MS = 100;
const REQUESTS_PER_SECOND = 200;
const STEADY_REQUESTS = 5000;
const STEADY_SESSIONS = 20;
const STEADY_CONNECTIONS = 16;

/** Measures the delay until the other instance enforces each kind of revocation. */
const measureDelays = async (bench: Bench, world: RevocationSetup): Promise<void> => {
  const options = {
    perSecond: REQUESTS_PER_SECOND,
    beforeRevocation: (request: GraphQLRequest) => waitUntilCached(world.two, request),
  };
  // The first round warms up.
  for (const kind of revocations) await measureRevocation(world, kind, options);
  console.log('Delay until the other instance enforces a revocation:');
  for (const kind of revocations) {
    const verdicts: Verdict[] = [];
    while (verdicts.length < TIMES) verdicts.push(await measureRevocation(world, kind, options));
    reportRevocation(bench, kind.name, verdicts);
    const typical = median(verdicts.map(({ delayMs }) => delayMs));
    bench.check(`${kind.name}: typically under ${TYPICAL_MS} ms`, typical < TYPICAL_MS);
  }
};

/** Counts the principals that an instance reads from the database while nothing changes. */
const measureSteadyState = async (bench: Bench, { two, population }: RevocationSetup): Promise<void> => {
  const tokens: string[] = [];
  while (tokens.length < STEADY_SESSIONS) tokens.push((await population.createUser()).accessToken);
  const send = (index: number) => two.send({ query: ME, accessToken: tokens[index % tokens.length] ?? '' });
  for (const index of tokens.keys()) await send(index);

  const before = await two.principalReads();
  let sent = 0;
  let failed = 0;
  const sendMore = async () => {
    while (sent < STEADY_REQUESTS) {
      sent += 1;
      if ((await send(sent)).status !== 200) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: STEADY_CONNECTIONS }, sendMore));
  const reads = (await two.principalReads()) - before;
  console.log(
    `In the steady state: ${STEADY_REQUESTS} requests of ${STEADY_SESSIONS} sessions, ${reads} principals read.`,
  );
  bench.check('no principal is read in the steady state', reads === 0 && failed === 0);
};

const work = async (bench: Bench): Promise<void> => {
  const population = await createPopulation(bench);
  const [one, two] = await Promise.all([startServer(bench, population.env), startServer(bench, population.env)]);
  const world = { population, one, two, administrator: await population.createUser('ADMIN') };
  await warmUp(world);
  await measureDelays(bench, world);
  await measureSteadyState(bench, world);
  await measureCacheFillRace(bench, world);
  await measureListenerFaults(bench, world);
};

/** `npm run bench -- revocation` */
export const revocation: Benchmark = { minutes: 45, flags: ['--without-pgbouncer'], work };
