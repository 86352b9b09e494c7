/**
 * Generates code that is not committed: the Prisma client and the typed operations of the tests, ours and those of the application.
 * Runs before `start`, `test`, `check`, `build` and `dev`, and does nothing when every output is up to date.
 *
 * A fresh clone after `npm ci --ignore-scripts` and no network must be enough, so it is plain JavaScript, and nothing here
 * downloads anything.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { composeSchema, UnusableModels } from './compose-schema.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

const prismaSources = [
  'prisma/schema',
  'prisma.config.ts',
  'scripts/compose-schema.mjs',
  'scripts/application-models.mjs',
  'scripts/application-relations.mjs',
  'scripts/prisma-schema.mjs',
];

// Prisma would download its native schema engine. Generation never executes it, so any existing file is sufficient.
const prismaEnvironment = {
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
  NO_COLOR: '1',
};

/**
 * `sources` are files or folders below the project. An output is up to date when their content and the version of
 * `tool` are those it was made from; modification times say nothing after a checkout or a Docker COPY.
 */
const derivations = [
  {
    output: 'src/store/generated',
    sources: prismaSources,
    tool: 'prisma',
    command: ['prisma', 'generate'],
    env: prismaEnvironment,
  },
  {
    output: 'src/store/generated-application',
    sources: prismaSources,
    tool: 'prisma',
    command: ['prisma', 'generate', '--schema', 'prisma/composed-application'],
    env: prismaEnvironment,
  },
  {
    output: 'test/support/generated',
    // Empty while the application has no operations.
    secondOutput: 'test/app/generated',
    sources: ['schema.graphql', 'codegen.yml', 'test/support/operations.graphql', ...operationsIn('test/app')],
    tool: '@graphql-codegen/cli',
    command: ['graphql-codegen', '--config', 'codegen.yml'],
    env: {},
    hint: 'If an operation selects what you have just added, run `npm run schema` first.',
    // A production image contains neither the tool nor the tests.
    optional: true,
  },
];

/** A mistake in a source, for its author, to whom a stack says nothing. */
class UnusableSource extends Error {
  name = 'UnusableSource';
}

/** `node scripts/generate.mjs src` generates only the code below src: a server starts while an operation of a test is wrong. */
const [folder = ''] = process.argv.slice(2);

try {
  for (const derivation of derivations) {
    if (!derivation.output.startsWith(folder)) continue;
    if (derivation.optional && !isPossible(derivation)) continue;
    if (!isUpToDate(derivation)) await exclusively(derivation.output, () => make(derivation));
  }
} catch (error) {
  if (!(error instanceof UnusableSource || error instanceof UnusableModels)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function isPossible({ sources, tool }) {
  return sources.every((source) => existsSync(join(root, source))) && manifestOf(tool) !== undefined;
}

function isUpToDate({ output, secondOutput = output, sources, tool }) {
  const stamps = [output, secondOutput].map(stampOf);
  if (!stamps.every((stamp) => existsSync(stamp))) return false;
  // Without development dependencies nothing can be generated, and the existing output comes from the build.
  if (manifestOf(tool) === undefined) return true;
  const current = fingerprint(sources, tool);
  return stamps.every((stamp) => readFileSync(stamp, 'utf8') === current);
}

function make(derivation) {
  const { output, secondOutput = output, sources, tool, command, env, hint = '' } = derivation;
  // Another process may have generated it while this one waited.
  if (isUpToDate(derivation)) return;
  const [name, ...args] = command;
  const manifest = manifestOf(tool);
  if (manifest === undefined) throw new Error(`${output} is made by ${tool}, which is not installed: run npm ci.`);
  const before = fingerprint(sources, tool);
  // Before Prisma, which would report the problems as those of its configuration.
  if (tool === 'prisma') composeSchema();
  // If this process is killed, incomplete output must not look up to date.
  rmSync(stampOf(output), { force: true });
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  const entry = join(dirname(manifest), typeof bin === 'string' ? bin : bin[name]);
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new UnusableSource(`${name} could not make ${output}. ${hint}\n${withAuthorsPath(`${stdout}${stderr}`)}`);
  for (const folder of [secondOutput, output]) {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(stampOf(folder), before);
  }
}

/** The composed file has the lines of the author's. */
function withAuthorsPath(text) {
  return text.replaceAll(/prisma\/composed(?:-application)?\/app\.prisma/g, 'prisma/schema/app.prisma');
}

function stampOf(output) {
  return join(root, output, '.made-from');
}

function fingerprint(sources, tool) {
  const { version } = JSON.parse(readFileSync(manifestOf(tool), 'utf8'));
  const hash = createHash('sha256').update(version);
  for (const file of sources.flatMap((source) => filesIn(join(root, source)))) {
    hash.update(`\0${file.slice(root.length)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function manifestOf(tool) {
  // Not `require.resolve`: several tools do not export their package.json.
  return require.resolve
    .paths(tool)
    .map((folder) => join(folder, tool, 'package.json'))
    .find((file) => existsSync(file));
}

/** The documents of a folder, which does not have to exist. */
function operationsIn(folder) {
  return filesIn(join(root, folder))
    .filter((file) => file.endsWith('.graphql'))
    .map((file) => file.slice(root.length));
}

function filesIn(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}

/** Two processes, such as an editor's task and a terminal, would write the same files. The second waits. */
async function exclusively(output, work) {
  const folder = join(root, 'node_modules', '.cache', 'gatehouse');
  const lock = join(folder, `${output.replaceAll('/', '-')}.lock`);
  mkdirSync(folder, { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isAbandoned(lock)) rmSync(lock, { force: true });
      await delay(100);
    }
  }
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Whether the lock was left by a killed process: no generation takes two minutes. */
function isAbandoned(lock) {
  const modified = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
  return modified !== undefined && Date.now() - modified > 120_000;
}
