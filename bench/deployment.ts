import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort } from '../test/support/program.js';
import type { Bench } from './bench.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A server of a build, in a process of its own. */
export interface DeployedServer {
  readonly url: string;
  said(): string;
  /** Resolves with true when it has said this, and with false when it ended before. */
  says(pattern: RegExp): Promise<boolean>;
  kill(signal: NodeJS.Signals): void;
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Builds the server into a new folder, with the packages of this working tree. */
export const buildInto = async (folder: string): Promise<void> => {
  const build = ['--import', './scripts/typescript.mjs', 'scripts/build.ts', '--out', folder];
  const { status } = spawnSync(process.execPath, build, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('The server could not be built.');
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
};

/** Copies a build and adds migrations to it, as an upgrade does. */
export const upgradeInto = async (
  folder: string,
  build: string,
  migrations: Readonly<Record<string, string>>,
): Promise<void> => {
  await cp(build, folder, { recursive: true });
  for (const [name, sql] of Object.entries(migrations)) {
    await mkdir(join(folder, 'prisma/migrations', name));
    await writeFile(join(folder, 'prisma/migrations', name, 'migration.sql'), sql);
  }
};

/** Starts the server of a build. It is ended with the bench at the latest. */
export const startDeployed = async (
  bench: Pick<Bench, 'later'>,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<DeployedServer> => {
  const port = await freePort();
  const child = spawn(process.execPath, [join(folder, 'main.js')], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env, PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  bench.later(() => child.kill('SIGKILL'));
  let said = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  return {
    url: `http://127.0.0.1:${port}`,
    said: () => said,
    says: (pattern) =>
      new Promise((resolve) => {
        const look = () => {
          if (pattern.test(said)) resolve(true);
        };
        listeners.add(look);
        look();
        void ended.then(() => resolve(false));
      }),
    kill: (signal) => {
      child.kill(signal);
    },
    ended,
  };
};
