import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import { freePort } from './program.js';

/** A PostgreSQL server of a test's own, which it may stop. */
export interface PostgresCluster {
  readonly url: string;
  /** The folder of its Unix socket. */
  readonly socketFolder: string;
  /** Stops every process of the server by SIGSTOP: connections stay open, and nothing answers. */
  freeze(): void;
  /** Lets them go on. */
  thaw(): void;
  /** Kills every process of the server by SIGKILL, and resolves when they are gone. */
  kill(): Promise<void>;
  /** Whether the server has ended, by itself or by `kill`. */
  hasEnded(): boolean;
  /** Starts the server again on the same data, and resolves when it accepts connections. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const folders = '/usr/lib/postgresql';
const version = existsSync(folders) ? readdirSync(folders).sort().at(-1) : undefined;
const binaries = version === undefined ? undefined : join(folders, version, 'bin');

/** Whether this machine has the programs of a PostgreSQL server, where Debian's packages put them. */
export const canStartCluster = binaries !== undefined && existsSync(join(binaries, 'initdb'));

/** PostgreSQL refuses to run as root. */
const owner = (): { uid: number; gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
};

/** What a cluster has beside the defaults. */
export interface ClusterOptions {
  /** The lines of pg_hba.conf; without them, nobody needs a password. */
  readonly hba?: readonly string[];
  /** A certificate and its key, with which it offers TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** The folder in which its data is, instead of the one for temporary files. */
  readonly parent?: string;
  /** Settings of the server, such as `max_connections=20`. */
  readonly settings?: readonly string[];
}

/** Starts a server with an empty database on 127.0.0.1. */
export const startPostgresCluster = async ({
  hba,
  tls,
  parent = tmpdir(),
  settings = [],
}: ClusterOptions = {}): Promise<PostgresCluster> => {
  const user = owner();
  const folder = mkdtempSync(join(parent, 'gatehouse-postgres-'));
  if (user) chownSync(folder, user.uid, user.gid);
  const program = (name: string) => join(binaries ?? '', name);
  execFileSync(program('initdb'), ['-D', folder, '-U', 'postgres', '-A', 'trust', '-N'], {
    stdio: 'ignore',
    cwd: folder,
    ...user,
  });
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    if (user) chownSync(join(folder, name), user.uid, user.gid);
  };
  if (hba) write('pg_hba.conf', `${hba.join('\n')}\n`);
  if (tls) {
    write('server.crt', tls.certificate);
    write('server.key', tls.key);
  }
  const port = await freePort();
  const flags = [
    'listen_addresses=127.0.0.1',
    'fsync=off',
    `unix_socket_directories=${folder}`,
    `ssl=${tls ? 'on' : 'off'}`,
    ...settings,
  ].flatMap((setting) => ['-c', setting]);
  const startServer = () => {
    const process = spawn(program('postgres'), ['-D', folder, '-p', port, ...flags], {
      stdio: 'ignore',
      cwd: folder,
      ...user,
    });
    return { process, pid: process.pid ?? 0, ended: once(process, 'close') };
  };
  let server = startServer();
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await accepts(url);

  const hasEnded = () => server.process.exitCode !== null || server.process.signalCode !== null;
  // Each backend leads a process group of its own, so that they are found by their parent.
  const processes = (): number[] => {
    const { pid } = server;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return [pid, ...children.map(Number)];
  };
  const signal = (pids: readonly number[], name: NodeJS.Signals) => {
    for (const pid of pids) {
      try {
        process.kill(pid, name);
      } catch {
        // A backend may have ended meanwhile.
      }
    }
  };
  return {
    url,
    socketFolder: folder,
    freeze: () => signal(processes(), 'SIGSTOP'),
    thaw: () => signal(processes(), 'SIGCONT'),
    async kill() {
      signal(processes(), 'SIGKILL');
      await server.ended;
    },
    hasEnded,
    async restart() {
      // While a killed backend still has the shared memory, a new server refuses to start.
      do server = startServer();
      while (!(await Promise.race([accepts(url), server.ended.then(() => false)])));
    },
    async close() {
      if (!hasEnded()) {
        signal(processes(), 'SIGCONT');
        server.process.kill('SIGQUIT');
        await server.ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Resolves when the server accepts connections. */
const accepts = async (url: string): Promise<true> => {
  while (!(await answers(url))) await delay(50);
  return true;
};

const answers = async (url: string): Promise<boolean> => {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
};
