import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { COMMAND_TIMEOUT_MS } from '../support/commands.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The code blocks of a page in a language, without those that `npm run docs` writes from a file. */
const blocksOf = (page: string, language: string): string[] =>
  Array.from(
    readFileSync(join(root, page), 'utf8').matchAll(/(<!-- npm run docs: .*\n\n)?^```(\w+)\n([^]*?)^```$/gm),
    ([, generated, found, text = '']) => (generated === undefined && found === language ? [text] : []),
  ).flat();

/** The files that a page shows: blocks that begin with a comment that names the file. */
const filesOf = (page: string, language: string): Record<string, string> =>
  Object.fromEntries(
    blocksOf(page, language).flatMap((text) => {
      const name = /^(?:\/\/|#) (\S+)\n/.exec(text)?.[1];
      return name === undefined ? [] : [[name, text]];
    }),
  );

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-documents-'));
  for (const name of ['package.json', 'node_modules', 'schema.graphql', 'tsconfig.json'])
    symlinkSync(join(root, name), join(folder, name));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
};

const run = (program: string, ...args: readonly string[]): void => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ status, output: `${stdout}${status === 0 ? '' : stderr}` }).toMatchObject({ status: 0 });
};

/** Compiles files with the options of this repository. */
const compile = (include: readonly string[], options: object = {}): void => {
  const compilerOptions = { noEmit: true, rootDir: '.', preserveSymlinks: true, ...options };
  write({ 'documents.json': JSON.stringify({ extends: './tsconfig.json', compilerOptions, include }) });
  run('typescript/bin/tsc', '-p', 'documents.json');
};

describe('the TypeScript of the documents', () => {
  it(
    'compiles in a front end, with the code that is generated as they say',
    () => {
      const page = 'docs/getting-started.md';
      const { 'src/login.ts': login = '' } = filesOf(page, 'ts');
      expect(login).toContain('LoginDocument');
      write({ ...filesOf(page, 'graphql'), ...filesOf(page, 'yaml'), 'src/login.ts': login });
      write({ 'src/page.ts': blocksOf('docs/clients.md', 'ts').join('\n') });
      for (const name of ['apollo-4.ts', 'possible-types.ts', 'session.ts', 'storage.ts'])
        cpSync(join(root, 'examples/clients', name), join(folder, 'src', name));
      run('@graphql-codegen/cli/esm/bin.js', '--config', 'codegen.yml', '--silent');
      compile(['src'], { lib: ['ES2023', 'DOM'], types: [] });
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'compiles in src/app',
    () => {
      cpSync(join(root, 'src'), join(folder, 'src'), { recursive: true });
      const files = Object.entries(filesOf('docs/getting-started.md', 'ts'));
      const application = files.filter(([name]) => name.startsWith('src/app/'));
      expect(application.map(([name]) => name)).toContain('src/app/note.resolver.ts');
      write(Object.fromEntries(application));
      compile(['src/app', 'src/main.ts']);
    },
    COMMAND_TIMEOUT_MS,
  );
});
