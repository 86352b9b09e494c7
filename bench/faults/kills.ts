import { setTimeout as delay } from 'node:timers/promises';

import { maximum, median, sum } from '../statistics.js';
import { startBuiltServer, type BuiltServer } from './built-server.js';
import { formatSeconds, isReady, msUntil, startDatabase, type Fault, type FaultRun } from './fault.js';
import { highLimits, startWriteLoad, type WriteTarget } from './write-load.js';
import { checkWriteRecord, countAlive, createWriteRecord } from './write-record.js';

const SERVER_KILLS = 50;
const POSTGRES_KILLS = 15;
const WRITES_PER_SECOND = 300;
/** Enough that the rate is reached while each waits for its responses. */
const USERS = 60;
const SECRETS = 200;
/** The load runs for a random time in this range before each kill. */
const RUN_MS = { least: 300, most: 2_500 };
const READY_MS = 5_000;
/** Ended sessions that are tried again after each kill. */
const RECENT = 10;

/** The victims in a random order. */
const shuffle = <T>(values: readonly T[]): T[] =>
  values
    .map((value) => ({ value, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);

const report = (what: string, readyMs: readonly number[]): void => {
  if (readyMs.length > 0)
    console.log(
      `${readyMs.length} kills of ${what}: ready after ${formatSeconds(median(readyMs))} (median), ${formatSeconds(maximum(readyMs))} at most.`,
    );
};

const work = async (run: FaultRun): Promise<void> => {
  const { cluster, population } = await startDatabase(run);
  const env = { ...population.env, ...highLimits };
  const record = await createWriteRecord(population, { users: USERS, secrets: run.times(SECRETS) });
  let server: BuiltServer = await startBuiltServer(run, env);
  const target: WriteTarget = { server };
  const load = startWriteLoad(target, record, WRITES_PER_SECOND);
  const serves = async () => {
    const before = record.acknowledged;
    return (await isReady(server)) && (await msUntil(() => Promise.resolve(record.acknowledged > before))) < READY_MS;
  };
  const readyMs: Record<'server' | 'postgres', number[]> = { server: [], postgres: [] };
  const startedAt = performance.now();
  let alive = 0;
  const victims = shuffle([
    ...Array.from({ length: run.times(SERVER_KILLS) }, () => 'server' as const),
    ...Array.from({ length: run.times(POSTGRES_KILLS) }, () => 'postgres' as const),
  ]);
  for (const [index, victim] of victims.entries()) {
    await delay(RUN_MS.least + Math.random() * (RUN_MS.most - RUN_MS.least));
    if (victim === 'server') {
      server.kill('SIGKILL');
      target.server = undefined;
      await server.ended;
      server = await startBuiltServer(run, env);
      target.server = server;
      readyMs.server.push(server.readyMs);
    } else {
      await cluster.kill();
      const killedAt = performance.now();
      await cluster.restart();
      await msUntil(serves);
      readyMs.postgres.push(performance.now() - killedAt);
    }
    alive += await countAlive(target, record.revoked.slice(-RECENT));
    // The attempts of logins that were killed are not given back.
    await population.query('DELETE FROM auth_rate_limit').catch(() => undefined);
    if ((index + 1) % 10 === 0)
      console.log(`${index + 1} kills, ${record.acknowledged} writes acknowledged, ${record.lost.length} lost`);
  }
  await load.stop();
  const loadMs = performance.now() - startedAt - sum([...readyMs.server, ...readyMs.postgres]);
  const { acknowledged, unanswered, unavailable } = record;
  console.log(
    `${acknowledged} writes acknowledged (${((acknowledged / loadMs) * 1000).toFixed(0)} a second while it ran), ${unanswered} without a response, ${unavailable} with SERVICE_UNAVAILABLE.`,
  );
  report('the server', readyMs.server);
  report('PostgreSQL', readyMs.postgres);
  await checkWriteRecord(run, record, target, population);
  run.check(`no ended session is live right after a kill (${alive} are)`, alive === 0);
  const slow = [...readyMs.server, ...readyMs.postgres].filter((ms) => ms > READY_MS).length;
  run.check(`ready within 5 s after each kill (${slow} of ${victims.length} later)`, slow === 0);
};

/** `npm run faults -- --only kills` */
export const kills: Fault = {
  summary: 'the server is killed 50 times and PostgreSQL 15 times under 300 writes per second',
  minutes: 40,
  work,
};
