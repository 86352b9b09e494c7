import { setTimeout as delay } from 'node:timers/promises';

import { startTcpProxy } from '../test/support/tcp-proxy.js';
import type { Bench } from './bench.js';
import { measureRevocation, reportRevocation } from './revocation-delay.js';
import { hasPgBouncer, startPgBouncer } from './pgbouncer.js';
import { waitUntilCached, startServer, type GraphQLRequest } from './servers.js';
import type { Verdict } from './load-generator.js';
import { warmUp, revocations, type RevocationSetup } from './revocations.js';

const TERMINATE_EVERY_MS = 2000;
const TERMINATED_ROUNDS = 15;
const CUTS = 10;
/** From the first loss after a cut to the last, whatever the way: before the instance notices, and after. */
const CUT_SPREAD_MS = 2100;
const POOLED_ROUNDS = 10;
const REQUESTS_PER_SECOND = 50;

type Moment = (question: GraphQLRequest, index: number) => Promise<unknown>;

/** One newcomer for each way loses something, all at about the same time. */
const loseInEachWay = (world: RevocationSetup, moment: Moment): Promise<Verdict[]> =>
  Promise.all(
    revocations.map((way, index) =>
      measureRevocation(world, way, { perSecond: REQUESTS_PER_SECOND, moment: (question) => moment(question, index) }),
    ),
  );

/** How many of the other instance's answers wanted a read of the row. */
const readsOf = async ({ two }: RevocationSetup, work: () => Promise<Verdict[][]>): Promise<[Verdict[], string]> => {
  const before = await two.principalReads();
  const verdicts = (await work()).flat();
  const requests = verdicts.reduce((total, verdict) => total + verdict.requests, 0);
  return [verdicts, `${(await two.principalReads()) - before} reads for ${requests} requests`];
};

const times = async <T>(count: number, work: () => Promise<T>): Promise<T[]> => {
  const results: T[] = [];
  while (results.length < count) results.push(await work());
  return results;
};

/** Every connection that listens is ended by the database, again and again. */
const terminated = async (bench: Bench, world: RevocationSetup): Promise<void> => {
  let isOver = false;
  const anyMoment = () => delay(Math.random() * TERMINATE_EVERY_MS);
  const loseAgainAndAgain = () => times(TERMINATED_ROUNDS, () => loseInEachWay(world, anyMoment));
  const terminateMeanwhile = async () => {
    let terminations = 0;
    while (!isOver) {
      await delay(TERMINATE_EVERY_MS);
      const ended = await world.population.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'`,
      );
      terminations += ended.length;
    }
    return terminations;
  };
  const [[verdicts, reads], terminations] = await Promise.all([
    readsOf(world, loseAgainAndAgain).finally(() => (isOver = true)),
    terminateMeanwhile(),
  ]);
  reportRevocation(bench, 'listener terminated', verdicts, reads, `${terminations} terminated`);
  bench.check('the listeners were terminated and came back', terminations >= TERMINATED_ROUNDS);
};

/** Packets between the listener and the database vanish, and neither is told. */
const blackHoled = async (bench: Bench, { population, one, administrator }: RevocationSetup): Promise<void> => {
  const direct = new URL(population.databaseUrl);
  const proxy = await startTcpProxy({ host: direct.hostname, port: Number(direct.port || 5432) });
  bench.onEnd(() => proxy.close());
  direct.hostname = '127.0.0.1';
  direct.port = String(proxy.port);
  const two = await startServer(bench, { ...population.env, DATABASE_DIRECT_URL: direct.href });
  const world = { population, one, two, administrator };
  await warmUp(world);

  const cutOnce = async () => {
    let known = 0;
    let cut: () => void = () => undefined;
    const isCut = new Promise<void>((resolve) => (cut = resolve));
    const afterTheCut = async (question: GraphQLRequest, index: number) => {
      await waitUntilCached(two, question);
      known += 1;
      if (known === revocations.length) {
        proxy.blackHole();
        cut();
      }
      await isCut;
      await delay((index * CUT_SPREAD_MS) / (revocations.length - 1));
    };
    const verdicts = await loseInEachWay(world, afterTheCut);
    proxy.restore();
    return verdicts;
  };
  const [verdicts, reads] = await readsOf(world, () => times(CUTS, cutOnce));
  reportRevocation(bench, 'listener black-holed', verdicts, reads);
  await two.stop();
};

/** Everything but the listener goes through a pooler; and then, against the documentation, the listener too. */
const pooled = async (bench: Bench, { population, one, administrator }: RevocationSetup): Promise<void> => {
  if (bench.flags.has('--without-pgbouncer') || !hasPgBouncer()) {
    console.log('  through PgBouncer                  skipped');
    return;
  }
  const pooledUrl = await startPgBouncer(bench, population.databaseUrl);
  const env = { ...population.env, DATABASE_URL: pooledUrl };

  const past = await startServer(bench, { ...env, DATABASE_DIRECT_URL: population.databaseUrl });
  const hearing = { population, one, two: past, administrator };
  await warmUp(hearing);
  const [heard, fewReads] = await readsOf(hearing, () =>
    times(POOLED_ROUNDS, () => loseInEachWay(hearing, (question) => waitUntilCached(past, question))),
  );
  reportRevocation(bench, 'PgBouncer, the listener past it', heard, fewReads);
  await past.stop();

  const through = await startServer(bench, env);
  const deaf = { population, one, two: through, administrator };
  await warmUp(deaf);
  const [unheard, manyReads] = await readsOf(deaf, () =>
    times(POOLED_ROUNDS, () => loseInEachWay(deaf, () => delay(500))),
  );
  reportRevocation(bench, 'PgBouncer swallows the LISTEN', unheard, manyReads);
  await through.stop();
};

/** What may happen to a listener. It costs reads; never is anything accepted that was taken away two seconds ago. */
export const measureListenerFaults = async (bench: Bench, world: RevocationSetup): Promise<void> => {
  console.log('While the listener of the other instance is disturbed:');
  await terminated(bench, world);
  await blackHoled(bench, world);
  await pooled(bench, world);
};
