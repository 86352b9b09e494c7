import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { startBuiltServer } from './built-server.js';
import { formatSeconds, isReady, msUntil, startDatabase, type Fault, type FaultRun } from './fault.js';
import { highLimits, startWriteLoad } from './write-load.js';
import { checkWriteRecord, createWriteRecord } from './write-record.js';

const DISK_MB = 192;
const FULL_MS = 8_000;
const RECOVERED_MS = 5_000;
const WRITES_PER_SECOND = 100;
const BLOCK_BYTES = 64 * 1024;

/** Mounts an empty file system in memory; undefined when this user may not. */
const mountDisk = (run: FaultRun): string | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-disk-'));
  run.onEnd(() => rmSync(folder, { recursive: true, force: true }));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', folder], {
    stdio: 'ignore',
  });
  if (status !== 0) return undefined;
  run.onEnd(() => execFileSync('umount', ['--lazy', folder]));
  chmodSync(folder, 0o755);
  return folder;
};

/** Writes a file that leaves no space. */
const fillDisk = (disk: string): string => {
  const file = join(disk, 'filler');
  const block = Buffer.alloc(BLOCK_BYTES);
  const opened = openSync(file, 'w');
  try {
    // The last write before the disk is full writes a part of the block.
    while (writeSync(opened, block) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(opened);
  }
  return file;
};

const work = async (run: FaultRun): Promise<void> => {
  const disk = mountDisk(run);
  if (disk === undefined) {
    console.log('SKIPPED: this user may not mount a file system (mount -t tmpfs).');
    return;
  }
  const settings = ['max_wal_size=32MB', 'min_wal_size=32MB'];
  const { cluster, population } = await startDatabase(run, { parent: disk, settings });
  const server = await startBuiltServer(run, { ...population.env, ...highLimits });
  const record = await createWriteRecord(population, { users: 20, secrets: 20 });
  const target = { server };
  const load = startWriteLoad(target, record, WRITES_PER_SECOND);
  await delay(2_000);
  const filler = fillDisk(disk);
  const before = { ...record };
  const hasFailed = await msUntil(() => Promise.resolve(record.unavailable > before.unavailable));
  await delay(FULL_MS);
  unlinkSync(filler);
  // Without space for its log, PostgreSQL ends, and its supervisor starts it again.
  const hasEnded = cluster.hasEnded();
  if (hasEnded) await cluster.restart();
  const acknowledged = record.acknowledged;
  const recoveredMs = await msUntil(async () => (await isReady(server)) && record.acknowledged > acknowledged);
  await load.stop();
  console.log(
    `The disk was full${hasEnded ? ', and PostgreSQL ended' : ''}: the first write failed after ${formatSeconds(hasFailed)}, ${record.unavailable - before.unavailable} requests got SERVICE_UNAVAILABLE; ` +
      `writes succeeded ${formatSeconds(recoveredMs)} after it had space again.`,
  );
  run.check('writes fail with SERVICE_UNAVAILABLE', hasFailed < Infinity);
  run.check('writes succeed within 5 s after the disk has space', recoveredMs <= RECOVERED_MS);
  await checkWriteRecord(run, record, target, population);
  server.kill('SIGTERM');
  run.check('the server ends with 0', (await server.ended) === 0);
};

/** `npm run faults -- --only disk-full` */
export const diskFull: Fault = {
  summary: 'the disk of PostgreSQL is full, and then has space again',
  minutes: 5,
  work,
};
