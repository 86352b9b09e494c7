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
/** From the first revocation after a cut to the last: some happen before the instance notices the cut, some after. */
const CUT_SPREAD_MS = 2100;
const POOLED_ROUNDS = 10;
const REQUESTS_PER_SECOND = 50;

type BeforeRevocation = (request: GraphQLRequest, index: number) => Promise<unknown>;

/** Makes one revocation of each kind, all at about the same time. */
const revokeInEachWay = (world: RevocationSetup, beforeRevocation: BeforeRevocation): Promise<Verdict[]> =>
  Promise.all(
    revocations.map((revocation, index) =>
      measureRevocation(world, revocation, {
        perSecond: REQUESTS_PER_SECOND,
        beforeRevocation: (request) => beforeRevocation(request, index),
      }),
    ),
  );

/** Counts the principals that the other instance reads meanwhile. */
const countReads = async ({ two }: RevocationSetup, work: () => Promise<Verdict[][]>): Promise<[Verdict[], string]> => {
  const before = await two.principalReads();
  const verdicts = (await work()).flat();
  const requests = verdicts.reduce((total, verdict) => total + verdict.requests, 0);
  return [verdicts, `${(await two.principalReads()) - before} reads for ${requests} requests`];
};

const repeat = async <T>(count: number, work: () => Promise<T>): Promise<T[]> => {
  const results: T[] = [];
  while (results.length < count) results.push(await work());
  return results;
};

/** The database repeatedly terminates every listening connection. */
const measureTerminations = async (bench: Bench, world: RevocationSetup): Promise<void> => {
  let hasEnded = false;
  const randomDelay = () => delay(Math.random() * TERMINATE_EVERY_MS);
  const revokeRepeatedly = () => repeat(TERMINATED_ROUNDS, () => revokeInEachWay(world, randomDelay));
  const terminateRepeatedly = async () => {
    let terminations = 0;
    while (!hasEnded) {
      await delay(TERMINATE_EVERY_MS);
      const ended = await world.population.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'`,
      );
      terminations += ended.length;
    }
    return terminations;
  };
  const [[verdicts, reads], terminations] = await Promise.all([
    countReads(world, revokeRepeatedly).finally(() => (hasEnded = true)),
    terminateRepeatedly(),
  ]);
  reportRevocation(bench, 'listener terminated', verdicts, reads, `${terminations} terminated`);
  bench.check('listeners were terminated and reconnected', terminations >= TERMINATED_ROUNDS);
};

/** The network drops all packets between the listener and the database. */
const measureBlackHole = async (bench: Bench, { population, one, administrator }: RevocationSetup): Promise<void> => {
  const direct = new URL(population.databaseUrl);
  const proxy = await startTcpProxy({ host: direct.hostname, port: Number(direct.port || 5432) });
  bench.onEnd(() => proxy.close());
  direct.hostname = '127.0.0.1';
  direct.port = String(proxy.port);
  const two = await startServer(bench, { ...population.env, DATABASE_DIRECT_URL: direct.href });
  const world = { population, one, two, administrator };
  await warmUp(world);

  const cutOnce = async () => {
    let cached = 0;
    let cut: () => void = () => undefined;
    const isCut = new Promise<void>((resolve) => (cut = resolve));
    const afterCut = async (request: GraphQLRequest, index: number) => {
      await waitUntilCached(two, request);
      cached += 1;
      if (cached === revocations.length) {
        proxy.blackHole();
        cut();
      }
      await isCut;
      await delay((index * CUT_SPREAD_MS) / (revocations.length - 1));
    };
    const verdicts = await revokeInEachWay(world, afterCut);
    proxy.restore();
    return verdicts;
  };
  const [verdicts, reads] = await countReads(world, () => repeat(CUTS, cutOnce));
  reportRevocation(bench, 'listener black-holed', verdicts, reads);
  await two.stop();
};

/** Uses a pooler for everything but the listener, and then, contrary to the documentation, for the listener too. */
const measurePooler = async (bench: Bench, { population, one, administrator }: RevocationSetup): Promise<void> => {
  if (bench.flags.has('--without-pgbouncer') || !hasPgBouncer()) {
    console.log('  through PgBouncer                  skipped');
    return;
  }
  const pooledUrl = await startPgBouncer(bench, population.databaseUrl);
  const env = { ...population.env, DATABASE_URL: pooledUrl };

  const bypassing = await startServer(bench, { ...env, DATABASE_DIRECT_URL: population.databaseUrl });
  const withListener = { population, one, two: bypassing, administrator };
  await warmUp(withListener);
  const [withNotices, fewReads] = await countReads(withListener, () =>
    repeat(POOLED_ROUNDS, () => revokeInEachWay(withListener, (request) => waitUntilCached(bypassing, request))),
  );
  reportRevocation(bench, 'PgBouncer, bypassed by listener', withNotices, fewReads);
  await bypassing.stop();

  const through = await startServer(bench, env);
  const withoutListener = { population, one, two: through, administrator };
  await warmUp(withoutListener);
  const [withoutNotices, manyReads] = await countReads(withoutListener, () =>
    repeat(POOLED_ROUNDS, () => revokeInEachWay(withoutListener, () => delay(500))),
  );
  reportRevocation(bench, 'PgBouncer drops the LISTEN', withoutNotices, manyReads);
  await through.stop();
};

/** Disturbs the listener in several ways. This costs additional reads, but must never delay a revocation beyond the bound. */
export const measureListenerFaults = async (bench: Bench, world: RevocationSetup): Promise<void> => {
  console.log('While the listener of the other instance is disturbed:');
  await measureTerminations(bench, world);
  await measureBlackHole(bench, world);
  await measurePooler(bench, world);
};
