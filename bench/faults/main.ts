/**
 * `npm run faults` causes each fault in turn, checks what must not happen, and fails when it does. It prints one line per promise.
 *
 * - `--only NAME` causes one fault, and may be repeated. `soak` runs only by name
 * - `--times N` multiplies the counts, such as those of kills, and the minutes of `soak`; 0.1 for a first look
 */
import { parseArgs } from 'node:util';
import { cpus, loadavg } from 'node:os';

import { canStartCluster } from '../../test/support/postgres-cluster.js';
import { runBenchmark } from '../bench.js';
import { clock } from './clock.js';
import { diskFull } from './disk-full.js';
import { emailKills } from './email-kills.js';
import type { Fault } from './fault.js';
import { kills } from './kills.js';
import { network } from './network.js';
import { setupKills } from './setup-kills.js';
import { shutdown } from './shutdown.js';
import { soak } from './soak.js';

const faults: Readonly<Record<string, Fault>> = {
  kills,
  'email-kills': emailKills,
  'setup-kills': setupKills,
  network,
  shutdown,
  'disk-full': diskFull,
  clock,
  soak,
};

const formatLoad = () => `load ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores`;

/** Returns the message of the failure; undefined when every promise was kept. */
const runFault = async (name: string, fault: Fault, factor: number): Promise<string | undefined> => {
  console.log(`\n${name}: ${fault.summary} (${formatLoad()})`);
  const times = (count: number) => Math.max(1, Math.round(count * factor));
  try {
    await runBenchmark(
      {
        minutes: fault.minutes * Math.max(1, factor),
        flags: [],
        embedded: true,
        work: (bench) => fault.work({ ...bench, times }),
      },
      [],
    );
    return undefined;
  } catch (error) {
    return `${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
};

const main = async (): Promise<void> => {
  const { only = [], times = '1' } = parseArgs({
    options: { only: { type: 'string', multiple: true }, times: { type: 'string' } },
  }).values;
  const unknown = only.filter((name) => !Object.hasOwn(faults, name));
  if (unknown.length > 0)
    throw new Error(`There is no fault ${unknown.join(', ')}; there are ${Object.keys(faults).join(', ')}.`);
  const factor = Number(times);
  if (!(factor > 0)) throw new Error('--times needs a number above 0, such as 0.1 or 3.');
  if (!canStartCluster)
    throw new Error(
      'This needs the programs of a PostgreSQL server below /usr/lib/postgresql, where Debian puts them.',
    );

  const failures: string[] = [];
  for (const [name, fault] of Object.entries(faults)) {
    if (only.length > 0 ? !only.includes(name) : fault.onlyByName === true) continue;
    const failure = await runFault(name, fault, factor);
    if (failure === undefined) continue;
    console.error(failure);
    failures.push(failure);
  }
  if (failures.length > 0) throw new Error(`\n${failures.join('\n')}`);
  console.log('\nEvery promise was kept.');
};

try {
  await main();
  // After an abort, timers and sockets may still be open.
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
