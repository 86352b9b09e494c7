import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { check, format, resolveConfig } from 'prettier';

import { OperatorError } from '../../src/errors.js';
import { readResourceName, type ResourceName } from './resource-name.js';
import { addElement, addProperty } from './source-insertion.js';
import { assertNamesAreFree } from './taken-names.js';
import { fillTemplate } from './template.js';
import { createWrittenFiles, type WrittenFiles } from './written-files.js';

/** What was written, and what the author still has to add by hand. */
export interface NewResource {
  readonly name: ResourceName;
  readonly files: readonly string[];
  readonly manualSteps: readonly string[];
}

const MODELS = 'prisma/schema/app.prisma';
const ERRORS = 'src/app/errors.ts';
const RESOLVERS = 'src/app/resolvers.ts';
const MIGRATIONS = 'prisma/migrations';

/** The committed files that the scripts below write. */
const GENERATED = [
  'schema.graphql',
  'docs/clients.md',
  'docs/configuration.md',
  'docs/errors.md',
  'docs/metrics.md',
  'docs/resource-servers.md',
  'examples/clients/possible-types.ts',
];

/**
 * Writes a resource into the application: its model with a migration, types, resolver, failure, operations and tests. If any step
 * fails, everything is as it was before.
 *
 * @param root the folder of the project
 * @throws OperatorError that says what to do, when a name is taken or a step fails
 */
export const writeNewResource = async (root: string, text: string): Promise<NewResource> => {
  const name = readResourceName(text);
  const newFiles = filesOf(name);
  assertNamesAreFree(root, name, Object.keys(newFiles));
  const files = createWrittenFiles(root);
  try {
    for (const [path, content] of Object.entries(newFiles)) files.write(path, await formatted(root, path, content));
    const models = readFileSync(join(root, MODELS), 'utf8').trimEnd();
    files.keep(MODELS);
    files.write(MODELS, `${models}\n\n${fillTemplate('model.prisma', name)}`);
    const manualSteps = [
      await extend(root, files, ERRORS, failureOf(name), (source) =>
        addProperty(source, 'resultErrors', failureOf(name)),
      ),
      await extend(root, files, RESOLVERS, `${importOf(name)}\n${name.Type}Resolver,`, (source) =>
        addElement(source, 'resolvers', { element: `${name.Type}Resolver`, importLine: importOf(name) }),
      ),
    ].filter((step) => step !== undefined);
    const migration = migrate(root, files, name);
    // Without what the author has to add, the schema cannot be built.
    if (manualSteps.length === 0) generate(root, files);
    return { name, files: [...Object.keys(newFiles), MODELS, ERRORS, RESOLVERS, migration], manualSteps };
  } catch (error) {
    files.undo();
    throw error;
  }
};

const filesOf = (name: ResourceName): Readonly<Record<string, string>> => ({
  [`src/app/${name.folder}/${name.file}.types.ts`]: fillTemplate('types.ts', name),
  [`src/app/${name.folder}/${name.file}.resolver.ts`]: fillTemplate('resolver.ts', name),
  [`test/app/${name.folder}/${name.file}.graphql`]: fillTemplate('operations.graphql', name),
  [`test/app/${name.folder}/${name.file}.test.ts`]: fillTemplate('test.ts', name),
});

const failureOf = ({ CODE, noun, 'A noun': aNoun }: ResourceName): string => `  ${CODE}_TITLE_TAKEN: {
    message: 'Another ${noun} of yours has this title.',
    retryable: false,
    meaning: '${aNoun} of the caller has the same title. Ask for another one.',
  }`;

const importOf = ({ Type, folder, file }: ResourceName): string =>
  `import { ${Type}Resolver } from './${folder}/${file}.resolver.js';`;

const formatted = async (root: string, path: string, content: string): Promise<string> => {
  const filepath = join(root, path);
  return format(content, { ...(await resolveConfig(filepath)), filepath });
};

/** Extends a file, and returns undefined; when its form is not known, leaves it and returns what its author has to add. */
const extend = async (
  root: string,
  files: WrittenFiles,
  path: string,
  addition: string,
  extendSource: (source: string) => string | undefined,
): Promise<string | undefined> => {
  const filepath = join(root, path);
  const source = readFileSync(filepath, 'utf8');
  const extended = extendSource(source);
  if (extended === undefined) return `Add to ${path}:\n\n${addition}`;
  files.keep(path);
  // A file that its author does not format stays as it is.
  const isFormatted = await check(source, { ...(await resolveConfig(filepath)), filepath });
  files.write(path, isFormatted ? await formatted(root, path, extended) : extended);
  return undefined;
};

const migrate = (root: string, files: WrittenFiles, { migration }: ResourceName): string => {
  const before = readdirSync(join(root, MIGRATIONS));
  runScript(root, 'migration.ts', migration);
  const folder = readdirSync(join(root, MIGRATIONS)).find((name) => !before.includes(name));
  // `undo` would remove the folder of all migrations.
  if (folder === undefined) throw new OperatorError(`Nothing was written, because ${MIGRATIONS} has no new migration.`);
  files.created(join(MIGRATIONS, folder));
  return join(MIGRATIONS, folder, 'migration.sql');
};

/** Runs the scripts that read the new files. */
const generate = (root: string, files: WrittenFiles): void => {
  for (const path of GENERATED) files.keep(path);
  runScript(root, 'generate.mjs', 'src');
  runScript(root, 'schema.ts');
  runScript(root, 'docs.ts');
  runScript(root, 'generate.mjs');
  run(root, ['node_modules/.bin/graphql-codegen', '--config', 'examples/clients/codegen.yml']);
};

const runScript = (root: string, file: string, ...args: readonly string[]): void => {
  run(root, ['--import', './scripts/typescript.mjs', `scripts/${file}`, ...args]);
};

const run = (root: string, args: readonly string[]): void => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0)
    throw new OperatorError(
      `${stdout}${stderr}`.trim() + `\nNothing was written, because \`node ${args.join(' ')}\` failed.`,
    );
};
