import { setTimeout as delay } from 'node:timers/promises';

import { freePort } from '../../test/support/program.js';
import { startBuiltServer } from './built-server.js';
import { startDatabase, type Fault, type FaultRun } from './fault.js';
import { highLimits, startWriteLoad } from './write-load.js';
import { checkWriteRecord, createWriteRecord } from './write-record.js';

const MINUTES = 10;
/** Half of the load of `kills`. */
const WRITES_PER_SECOND = 150;
const SAMPLE_MS = 1_000;
/**
 * The share of the time that is compared: the second and the last fifth. In the first, caches fill and code is compiled. The lowest
 * values count: those right after a collection. Garbage that the engine has not collected yet is no leak, and it may be three times
 * what is live.
 */
const WINDOW = 1 / 5;
const DRIFT_MAX = 0.1;
/** Connections to the database and keep-alive connections come and go. */
const HANDLES_MAX = 10;

interface Sample {
  readonly memoryBytes: number;
  readonly heapBytes: number;
  readonly files: number;
  readonly handles: number;
}

const metrics = {
  memoryBytes: 'process_resident_memory_bytes',
  heapBytes: 'nodejs_heap_size_used_bytes',
  files: 'process_open_fds',
  handles: 'nodejs_active_resources',
} as const satisfies Record<keyof Sample, string>;

const takeSample = async (url: string): Promise<Sample> => {
  const text = await (await fetch(url)).text();
  const valueOf = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    );
  return Object.fromEntries(Object.entries(metrics).map(([key, name]) => [key, valueOf(name)])) as unknown as Sample;
};

const work = async (run: FaultRun): Promise<void> => {
  const ms = (run.times(MINUTES * 60) / 60) * 60_000;
  const { population } = await startDatabase(run);
  const metricsPort = await freePort();
  const server = await startBuiltServer(run, { ...population.env, ...highLimits, METRICS_PORT: metricsPort });
  const record = await createWriteRecord(population, { users: 40, secrets: 100 });
  const target = { server };
  const load = startWriteLoad(target, record, WRITES_PER_SECOND);
  const samples: Sample[] = [];
  const startedAt = performance.now();
  while (performance.now() - startedAt < ms) {
    samples.push(await takeSample(`http://127.0.0.1:${metricsPort}/metrics`));
    await delay(SAMPLE_MS);
  }
  await load.stop();

  const size = Math.max(1, Math.floor(samples.length * WINDOW));
  const [early, late] = [samples.slice(size, 2 * size), samples.slice(-size)];
  const change = (key: keyof Sample) => {
    const [before = NaN, after = NaN] = [early, late].map((window) => Math.min(...window.map((sample) => sample[key])));
    return { before, after, drift: after / before - 1 };
  };
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const [memory, heap, files, handles] = [
    change('memoryBytes'),
    change('heapBytes'),
    change('files'),
    change('handles'),
  ];
  console.log(
    `${(ms / 60_000).toFixed(1)} minutes, ${record.acknowledged} writes acknowledged (${(record.acknowledged / (ms / 1000)).toFixed(0)} a second). ` +
      `Memory ${megabytes(memory.before)} and later ${megabytes(memory.after)}, heap ${megabytes(heap.before)} and ${megabytes(heap.after)}, ` +
      `open files ${files.before} and ${files.after}, handles ${handles.before} and ${handles.after}.`,
  );
  run.check(`the live heap grows by less than 10 % (${percent(heap.drift)})`, heap.drift < DRIFT_MAX);
  run.check(`the resident memory grows by less than 10 % (${percent(memory.drift)})`, memory.drift < DRIFT_MAX);
  run.check(`open files do not grow (by ${files.after - files.before})`, files.after - files.before <= HANDLES_MAX);
  run.check(
    `handles do not grow (by ${handles.after - handles.before})`,
    handles.after - handles.before <= HANDLES_MAX,
  );
  await checkWriteRecord(run, record, target, population);
  server.kill('SIGTERM');
  run.check('the server ends with 0', (await server.ended) === 0);
};

/** `npm run faults -- --only soak` */
export const soak: Fault = {
  summary: 'the server runs for 10 minutes at half load: memory, open files and handles',
  minutes: 20,
  onlyByName: true,
  work,
};
