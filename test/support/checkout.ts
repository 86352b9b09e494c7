import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What is copied, because a test writes to it; everything else of the repository is a link. */
const copied: readonly string[] = ['src', 'docs', 'schema.graphql'];
const left: readonly string[] = ['.git', '.data', 'coverage', 'dist'];

/** A copy of the repository, in which a test writes what an application would. */
export interface Checkout {
  readonly folder: string;
  /** Writes files, by their paths in the repository. */
  write(files: Readonly<Record<string, string>>): void;
  /** Runs a program of Node in the folder. */
  run(...args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }>;
  remove(): void;
}

export const createCheckout = (): Checkout => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-checkout-'));
  for (const name of readdirSync(root).filter((it) => !left.includes(it))) {
    if (copied.includes(name)) cpSync(join(root, name), join(folder, name), { recursive: true });
    else symlinkSync(join(root, name), join(folder, name));
  }
  return {
    folder,
    write(files) {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text);
      }
    },
    async run(...args) {
      const child = spawn(process.execPath, ['--preserve-symlinks', '--preserve-symlinks-main', ...args], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const chunks: Buffer[] = [];
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, output: Buffer.concat(chunks).toString() };
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
