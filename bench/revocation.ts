import type { Bench, Command } from './bench.js';
import { disturbances } from './disturbances.js';
import { fillRace } from './fill-race.js';
import { median } from './figures.js';
import { measureRevocation, reportRevocation } from './revocation-delay.js';
import { createPopulation } from './population.js';
import { makeKnown, startServer, type Question } from './servers.js';
import type { Judgement } from './watch.js';
import { ME, warmUp, revocations, type World } from './revocations.js';

const TIMES = 30;
const TYPICAL_MS = 100;
const REQUESTS_PER_SECOND = 200;
const STEADY_REQUESTS = 5000;
const STEADY_SESSIONS = 20;
const STEADY_CONNECTIONS = 16;

/** How soon the other instance refuses, by what was done. */
const delays = async (bench: Bench, world: World): Promise<void> => {
  const options = { perSecond: REQUESTS_PER_SECOND, moment: (question: Question) => makeKnown(world.two, question) };
  // The first questions compile what the later ones run.
  for (const way of revocations) await measureRevocation(world, way, options);
  console.log('How long the other instance still accepts after the one has answered:');
  for (const way of revocations) {
    const judgements: Judgement[] = [];
    while (judgements.length < TIMES) judgements.push(await measureRevocation(world, way, options));
    reportRevocation(bench, way.name, judgements);
    const typical = median(judgements.map(({ delayMs }) => delayMs));
    bench.promise(`${way.name}: typically under ${TYPICAL_MS} ms`, typical < TYPICAL_MS);
  }
};

/** What the other instance reads while nothing changes. */
const steadyState = async (bench: Bench, { two, population }: World): Promise<void> => {
  const tokens: string[] = [];
  while (tokens.length < STEADY_SESSIONS) tokens.push((await population.newcomer()).accessToken);
  const ask = (index: number) => two.ask({ query: ME, accessToken: tokens[index % tokens.length] ?? '' });
  for (const index of tokens.keys()) await ask(index);

  const before = await two.principalReads();
  let sent = 0;
  let failed = 0;
  const askOn = async () => {
    while (sent < STEADY_REQUESTS) {
      sent += 1;
      if ((await ask(sent)).status !== 200) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: STEADY_CONNECTIONS }, askOn));
  const reads = (await two.principalReads()) - before;
  console.log(
    `In the steady state: ${STEADY_REQUESTS} requests of ${STEADY_SESSIONS} sessions, ${reads} principals read.`,
  );
  bench.promise('no principal is read in the steady state', reads === 0 && failed === 0);
};

const work = async (bench: Bench): Promise<void> => {
  const population = await createPopulation(bench);
  const [one, two] = await Promise.all([startServer(bench, population.env), startServer(bench, population.env)]);
  const world = { population, one, two, administrator: await population.newcomer('ADMIN') };
  await warmUp(world);
  await delays(bench, world);
  await steadyState(bench, world);
  await fillRace(bench, world);
  await disturbances(bench, world);
};

/** `npm run bench -- revocation` */
export const revocation: Command = { minutes: 45, flags: ['--without-pgbouncer'], work };
