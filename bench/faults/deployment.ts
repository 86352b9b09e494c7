import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort } from '../../test/support/program.js';
import type { Bench } from '../bench.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A built server that runs in its own process. */
export interface DeployedServer {
  readonly url: string;
  /** Standard output and standard error up to now. */
  output(): string;
  /** Resolves with true when the output matches, or with false when the server ends first. */
  waitForOutput(pattern: RegExp): Promise<boolean>;
  kill(signal: NodeJS.Signals): void;
  /** The exit code; null after a signal. */
  readonly ended: Promise<number | null>;
}

/** Builds the server into a new folder, which uses the installed packages. */
export const buildServer = async (folder: string): Promise<void> => {
  const build = ['--import', './scripts/typescript.mjs', 'scripts/build.ts', '--out', folder];
  const { status } = spawnSync(process.execPath, build, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('The server could not be built.');
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
};

/** Copies a build and adds migrations, as a later version would have. */
export const createUpgrade = async (
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

/** Starts a built server, which is killed when the benchmark ends. */
export const startDeployedServer = async (
  bench: Pick<Bench, 'onEnd'>,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<DeployedServer> => {
  const port = await freePort();
  const child = spawn(process.execPath, [join(folder, 'main.js')], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env, PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  bench.onEnd(() => child.kill('SIGKILL'));
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    waitForOutput: (pattern) =>
      new Promise((resolve) => {
        const matchOutput = () => {
          if (pattern.test(output)) resolve(true);
        };
        listeners.add(matchOutput);
        matchOutput();
        void ended.then(() => resolve(false));
      }),
    kill: (signal) => {
      child.kill(signal);
    },
    ended,
  };
};
