import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Bench } from './bench.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @throws Error with the output of the program when it fails */
const run = (program: string, args: readonly string[], cwd: string): string => {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`);
  return stdout.trim();
};

/** Returns the abbreviated commit of a revision. */
export const commitOf = (revision: string): string =>
  run('git', ['rev-parse', '--short', '--verify', '--end-of-options', `${revision}^{commit}`], root);

/**
 * Checks a commit out into a temporary folder and generates its code with the installed packages. The folder is removed when
 * the benchmark ends.
 */
export const checkOut = async (bench: Pick<Bench, 'onEnd'>, commit: string): Promise<string> => {
  const parent = await mkdtemp(join(tmpdir(), 'gatehouse-checkout-'));
  bench.onEnd(() => rm(parent, { recursive: true, force: true }));
  const folder = join(parent, 'gatehouse');
  run('git', ['worktree', 'add', '--detach', folder, commit], root);
  bench.onEnd(() => run('git', ['worktree', 'remove', '--force', folder], root));
  const packages = join(folder, 'node_modules');
  await symlink(join(root, 'node_modules'), packages);
  bench.onEnd(() => rm(packages));
  run(process.execPath, ['scripts/generate.mjs'], folder);
  return folder;
};
