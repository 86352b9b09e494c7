import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

import { storeErrorCode, StoreUnusable } from '../errors.js';

/** What stands in a lock file. `processes` names the space in which `pid` means something. */
interface Holder {
  readonly token: string;
  readonly pid: number;
  /** The kernel's count of ticks from boot to the process's start; null where it does not tell. */
  readonly startedAt: string | null;
  readonly processes: string;
}

const BEAT_MS = 1_000;
const WATCH_MS = 5_000;
const SETTLE_MS = 100;

/**
 * Takes a folder for this process, until the function it answers is called.
 *
 * PGlite does not notice a second process on its files, and two of them destroy them. A pid alone does not say whether the
 * holder lives: pids come back, and in a container every server is pid 1. So the lock also holds when its process started,
 * and where a pid means nothing, because the holder runs in another container on the same volume, its heartbeat decides.
 *
 * @throws StoreUnusable when another process has it, naming its pid
 */
export const lockFolder = async (file: string, folder: string): Promise<() => void> => {
  const own: Holder = { token: randomUUID(), pid: process.pid, startedAt: startOf('self'), processes: processSpace() };
  while (!create(file, own)) {
    const holder = read(file);
    if (await isAlive(holder, file)) {
      const name = holder ? `process ${holder.pid}` : 'another process';
      throw new StoreUnusable(
        `${folder} is in use by ${name}: stop it, or give this one another DATA_DIR or a DATABASE_URL.`,
      );
    }
    if (await takeOver(file, holder, own)) break;
  }
  const heartbeat = setInterval(() => beat(file), BEAT_MS).unref();
  return () => {
    clearInterval(heartbeat);
    if (read(file)?.token === own.token) rmSync(file, { force: true });
  };
};

/** The file system lets one process create the file. */
const create = (file: string, own: Holder): boolean => {
  try {
    writeFileSync(file, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (storeErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
};

/**
 * Puts our lock in the place of a dead one. Two may do so at the same moment; the last to rename stands in the file, and
 * after a pause longer than the step from reading to renaming both see who that is.
 */
const takeOver = async (file: string, dead: Holder | undefined, own: Holder): Promise<boolean> => {
  if (modifiedAt(file) === undefined) return false;
  const candidate = `${file}.${own.token}`;
  writeFileSync(candidate, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
  if (read(file)?.token === dead?.token) renameSync(candidate, file);
  else rmSync(candidate);
  await delay(SETTLE_MS);
  return read(file)?.token === own.token;
};

const isAlive = async (holder: Holder | undefined, file: string): Promise<boolean> => {
  if (holder?.processes === processSpace()) {
    if (!isRunning(holder.pid)) return false;
    const startedAt = startOf(holder.pid);
    if (startedAt !== null && holder.startedAt !== null) return startedAt === holder.startedAt;
  }
  return beats(file, holder);
};

/** Watches a holder that cannot be asked. */
const beats = async (file: string, holder: Holder | undefined): Promise<boolean> => {
  const before = modifiedAt(file);
  const until = Date.now() + WATCH_MS;
  while (Date.now() < until) {
    await delay(BEAT_MS / 4);
    const now = modifiedAt(file);
    if (now === undefined || read(file)?.token !== holder?.token) return false;
    if (now !== before) return true;
  }
  return false;
};

const beat = (file: string): void => {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // Removed by hand, or the disk is gone: the database itself will say so.
  }
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return storeErrorCode(error) === 'EPERM';
  }
};

/** The 22nd field of /proc/PID/stat; the second, the program's name, may hold blanks and parentheses itself. */
const startOf = (pid: number | 'self'): string | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
};

/** Host, boot and pid namespace: two containers differ in the last, a restarted machine in the second. */
const processSpace = (): string => {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
};

const read = (file: string): Holder | undefined => {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as Partial<Holder>;
    return typeof holder.token === 'string' && typeof holder.pid === 'number' ? (holder as Holder) : undefined;
  } catch {
    // Gone in the meantime, or its process died between creating and writing it.
    return undefined;
  }
};

const modifiedAt = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.mtimeMs;
