/**
 * `npm run compat` runs the tests on the other supported releases of Node, which it installs from the npm registry into
 * `.node/`. What follows `--` is passed to Jest, such as the files to run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SUPPORTED = [20, 22, 24];

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, '.node');

const run = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): boolean =>
  spawnSync(program, args, { cwd: root, env, stdio: 'inherit' }).status === 0;

/** Installs a release and returns its path. The packages `node-PLATFORM-ARCHITECTURE` need no install script. */
const install = (major: number): string => {
  const program = join(folder, `node_modules/node-${major}/bin/node${process.platform === 'win32' ? '.exe' : ''}`);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const release = `node-${major}@npm:node-${platform}-${process.arch}@${major}`;
  const flags = ['--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'];
  if (!run('npm', ['install', ...flags, release])) throw new Error(`Node ${major} could not be installed.`);
  return program;
};

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { test: string } };
const [, ...test] = scripts.test.split(' ');
const current = Number(process.versions.node.split('.', 1)[0]);
const failed = SUPPORTED.filter((major) => major !== current).filter((major) => {
  const program = install(major);
  console.log(`\nNode ${major}`);
  // Programs that a test starts by name use the same release.
  const path = [dirname(program), process.env['PATH'] ?? ''].join(delimiter);
  return !run(program, [...test, ...process.argv.slice(2)], { ...process.env, EVERY_MIGRATION: '1', PATH: path });
});
if (failed.length > 0) {
  console.error(`Failed on Node ${failed.join(' and ')}.`);
  process.exitCode = 1;
}
