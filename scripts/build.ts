/**
 * `npm run build` writes a complete deployment to the folder `dist`, which can be copied anywhere: the compiled code, the
 * migrations, the list of leaked passwords, and its own package.json and lock file. `--out FOLDER` writes to another folder,
 * which must be empty.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { productionLock, type Lock } from './production-lock.js';

interface Project {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: object;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const { out } = parseArgs({ options: { out: { type: 'string' } } }).values;
const target = out === undefined ? join(root, 'dist') : resolve(out);

const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));

const write = (file: string, content: object): void => {
  writeFileSync(join(target, file), `${JSON.stringify(content, undefined, 2)}\n`);
};

const fail = (message: string): never => {
  console.error(message);
  process.exit(1);
};

if (out === undefined) rmSync(target, { recursive: true, force: true });
if (existsSync(target) && readdirSync(target).length > 0) fail(`${target} is not empty.`);
mkdirSync(target, { recursive: true });

const compiler = [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')];
const { status } = spawnSync(process.execPath, [...compiler, '--outDir', join(target, 'src')], { stdio: 'inherit' });
if (status !== 0) fail('The code was not compiled.');

for (const path of ['prisma/migrations', 'data', 'LICENSE']) {
  cpSync(join(root, path), join(target, path), { recursive: true });
}
for (const entry of ['main.js', 'cli.js']) writeFileSync(join(target, entry), `import './src/${entry}';\n`);

const { name, version, description, license, engines, dependencies, overrides } = read('package.json') as Project;
const project = { name, version, description, license, private: true, type: 'module', engines };
write('package.json', { ...project, scripts: { start: 'node main.js', cli: 'node cli.js' }, dependencies, overrides });
write('package-lock.json', productionLock(read('package-lock.json') as Lock));
