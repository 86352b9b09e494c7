import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

import { storeErrorCode, StoreUnusable } from '../errors.js';

/** The content of a lock file, which identifies the process that holds the lock. */
interface Holder {
  readonly token: string;
  readonly pid: number;
  /** Clock ticks from boot to the start of the process; null where the system does not provide them. */
  readonly startedAt: string | null;
  /** The host, boot and pid namespace within which `pid` is unique. */
  readonly processes: string;
}

const HEARTBEAT_MS = 1_000;
/** A holder without a heartbeat for this long is dead. */
const OBSERVATION_MS = 5_000;
const SETTLE_MS = 100;

/**
 * Locks a folder for this process until the returned function is called.
 *
 * PGlite does not detect a second process on its files, and two processes destroy them. A pid is not sufficient to find out
 * whether the holder is alive: pids are reused, and in a container every server is pid 1. Therefore the lock also contains
 * the start time of the process. Where the pid is meaningless, because the holder runs in another container on the same
 * volume, its heartbeat (the modification time of the lock file) decides.
 *
 * @throws StoreUnusable when another process holds the lock; the message contains its pid
 */
export const lockFolder = async (file: string, folder: string): Promise<() => void> => {
  const own: Holder = {
    token: randomUUID(),
    pid: process.pid,
    startedAt: startTimeOf('self'),
    processes: processNamespace(),
  };
  while (!createLock(file, own)) {
    const holder = readLock(file);
    if (await isAlive(holder, file)) {
      const name = holder ? `process ${holder.pid}` : 'another process';
      throw new StoreUnusable(
        `${folder} is in use by ${name}. Stop that process first, or set another DATA_DIR or a DATABASE_URL.`,
      );
    }
    if (await takeOver(file, holder, own)) break;
  }
  const heartbeat = setInterval(() => sendHeartbeat(file), HEARTBEAT_MS).unref();
  return () => {
    clearInterval(heartbeat);
    if (readLock(file)?.token === own.token) rmSync(file, { force: true });
  };
};

/** Exclusive creation succeeds for one process only. */
const createLock = (file: string, own: Holder): boolean => {
  try {
    writeFileSync(file, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (storeErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
};

/**
 * Replaces the lock of a dead process. Two processes may do so at the same time. The last rename wins, and after a pause
 * that is longer than the time between reading and renaming both processes see the winner.
 */
const takeOver = async (file: string, dead: Holder | undefined, own: Holder): Promise<boolean> => {
  if (modifiedAt(file) === undefined) return false;
  const candidate = `${file}.${own.token}`;
  writeFileSync(candidate, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
  if (readLock(file)?.token === dead?.token) renameSync(candidate, file);
  else rmSync(candidate);
  await delay(SETTLE_MS);
  return readLock(file)?.token === own.token;
};

const isAlive = async (holder: Holder | undefined, file: string): Promise<boolean> => {
  if (holder?.processes === processNamespace()) {
    if (!isRunning(holder.pid)) return false;
    const startedAt = startTimeOf(holder.pid);
    if (startedAt !== null && holder.startedAt !== null) return startedAt === holder.startedAt;
  }
  return hasHeartbeat(file, holder);
};

const hasHeartbeat = async (file: string, holder: Holder | undefined): Promise<boolean> => {
  const before = modifiedAt(file);
  const until = Date.now() + OBSERVATION_MS;
  while (Date.now() < until) {
    await delay(HEARTBEAT_MS / 4);
    const now = modifiedAt(file);
    if (now === undefined || readLock(file)?.token !== holder?.token) return false;
    if (now !== before) return true;
  }
  return false;
};

const sendHeartbeat = (file: string): void => {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // The file was deleted or the disk has failed. The database itself reports the latter.
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

/**
 * Reads `starttime`, the 22nd field of /proc/PID/stat. The second field, the name of the program, may contain spaces and
 * parentheses, so fields are counted from its closing parenthesis.
 *
 * @see proc_pid_stat(5)
 */
const startTimeOf = (pid: number | 'self'): string | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
};

/** Identifies boot and pid namespace, or only the host where there is no /proc. Each container has its own pid namespace. */
const processNamespace = (): string => {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
};

const readLock = (file: string): Holder | undefined => {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as Partial<Holder>;
    return typeof holder.token === 'string' && typeof holder.pid === 'number' ? (holder as Holder) : undefined;
  } catch {
    // The file was deleted, or its process died between creating and writing it.
    return undefined;
  }
};

const modifiedAt = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.mtimeMs;
