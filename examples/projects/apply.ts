/**
 * `npm run example` lays this example over a clone, and generates the files that depend on it. It refuses a clone that has an application.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { variables } from '../../src/app/config.js';
import { requestErrors, resultErrors } from '../../src/app/errors.js';
import { hooks } from '../../src/app/hooks.js';
import { jobs } from '../../src/app/jobs.js';
import { mails } from '../../src/app/mails/mails.js';
import { resolvers } from '../../src/app/resolvers.js';
import { roles } from '../../src/app/roles.js';
import { routes } from '../../src/app/routes.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const example = fileURLToPath(new URL('.', import.meta.url));
const folders = ['src', 'prisma', 'test'];

/** The modules of src/app that contain something. */
const modules = { variables, requestErrors, resultErrors, hooks, jobs, mails, resolvers, roles, routes };
const used = Object.entries(modules).filter(([, value]) => Object.keys(value).length > 0);
const hasModels = /^\s*[^/\s]/m.test(readFileSync(`${root}prisma/schema/app.prisma`, 'utf8'));

const refuse = (reason: string): never => {
  console.error(`This clone has an application (${reason}), which the example would replace. Use a clean clone.`);
  process.exit(1);
};

const run = (...args: readonly string[]): void => {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
};

const script = (name: string, ...args: readonly string[]): void => {
  run('--import', './scripts/typescript.mjs', `scripts/${name}`, ...args);
};

if (used.length > 0) refuse(used.map(([name]) => name).join(', '));
if (hasModels || existsSync(`${root}src/app/projects`)) refuse('prisma/schema/app.prisma');

for (const folder of folders) cpSync(`${example}${folder}`, `${root}${folder}`, { recursive: true });
script('generate.mjs', 'src');
script('schema.ts');
script('docs.ts');
script('generate.mjs');
run('node_modules/.bin/graphql-codegen', '--config', 'examples/clients/codegen.yml', '--silent');
console.log('The example is in place: `npm test -- test/app` runs its tests, `npm start` starts it.');
