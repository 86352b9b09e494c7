import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { keepSecret, watchProgram } from './canary.js';

/** How a program ended and what it said. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface Program {
  readonly pid: number;
  /** What it has said so far, on standard output and standard error. */
  said(): string;
  /** Resolves when it has said this, so many times. @throws Error with what it said instead, when it ends before */
  says(pattern: RegExp, times?: number): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const running = new Set<ChildProcessByStdio<Writable, Readable, Readable>>();

/**
 * Starts a file of `src/` as an operator does. Its environment is what is given, and nothing that this process has of
 * Gatehouse; standard input holds `stdin` and ends. Unless `nodeFlags` say otherwise, it starts fast and runs a little slower.
 * `folder` is the checkout that the file is in, by default this one. The current folder is another, so that the `.env` file of a
 * developer does not take part, unless `cwd` says otherwise.
 */
export const start = (
  file: 'main.ts' | 'cli.ts',
  env: NodeJS.ProcessEnv,
  args: readonly string[] = [],
  stdin = '',
  nodeFlags: readonly string[] = ['--liftoff-only'],
  folder = root,
  cwd = tmpdir(),
): Program => {
  const child = spawn(
    process.execPath,
    [...nodeFlags, '--import', join(folder, 'scripts/typescript.mjs'), join(folder, 'src', file), ...args],
    {
      cwd,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  running.add(child);
  const said = { all: '', stdout: '', stderr: '' };
  watchProgram(() => said.all);
  if (args.includes('--password-stdin')) keepSecret(stdin.trim());
  const listeners = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
      said.all += text;
      for (const listener of listeners) listener();
    });
  }
  // A program that reads no standard input may be gone before it is written.
  child.stdin.on('error', () => undefined).end(stdin);
  const ended = once(child, 'close').then(([code]: (number | null)[]): Ended => {
    running.delete(child);
    return { code: code ?? null, stdout: said.stdout, stderr: said.stderr };
  });
  return {
    pid: child.pid ?? 0,
    said: () => said.all,
    says: (pattern, times = 1) =>
      new Promise((resolve, reject) => {
        const everywhere = new RegExp(pattern, `g${pattern.flags}`);
        const look = () => {
          const match = [...said.all.matchAll(everywhere)].at(times - 1);
          if (!match) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
        void ended.then(() => {
          reject(new Error(`it ended and said:\n${said.all}`));
        });
      }),
    kill: (signal) => {
      child.kill(signal);
    },
    ended,
  };
};

/** Ends whatever a test that failed has left. */
export const endPrograms = async (): Promise<void> => {
  const left = [...running];
  const closed = left.map((child) => once(child, 'close'));
  for (const child of left) child.kill('SIGKILL');
  await Promise.all(closed);
};

/** A port of 127.0.0.1 that nobody listened on a moment ago. */
export const freePort = async (): Promise<string> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
};
