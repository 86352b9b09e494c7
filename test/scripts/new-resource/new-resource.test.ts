import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { check, resolveConfig } from 'prettier';

/** A copy of the project, in which resources are written. */
let folder: string;

const leftOut = ['.git', '.data', 'coverage', 'dist', 'node_modules'];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-new-'));
  for (const name of readdirSync('.').filter((it) => !leftOut.includes(it)))
    cpSync(name, join(folder, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const run = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
};

const newResource = (name: string) => run('--import', './scripts/typescript.mjs', 'scripts/new.ts', 'resource', name);

const read = (path: string) => readFileSync(join(folder, path), 'utf8');

/** Every file that the command could change, with its content. */
const project = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ['src/app', 'test/app', 'prisma/schema', 'prisma/migrations', 'docs']
      .flatMap((name) =>
        readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && !entry.parentPath.includes('generated'))
          .map((entry) => join(entry.parentPath, entry.name)),
      )
      .concat(join(folder, 'schema.graphql'))
      .map((path) => [path, readFileSync(path, 'utf8')]),
  );

const write = (path: string, content: string) => {
  writeFileSync(join(folder, path), content);
};

describe('npm run new', () => {
  it('says which lines to add to a file whose form it does not know', () => {
    const unknown = 'export const resolvers = Object.values({});\n';
    write('src/app/resolvers.ts', unknown);
    const { status, output } = newResource('invoice');
    expect(status).toBe(0);
    const importLine = "import { InvoiceResolver } from './invoices/invoice.resolver.js';";
    expect(output).toContain(`Add to src/app/resolvers.ts:\n\n${importLine}\nInvoiceResolver,`);
    expect(read('src/app/resolvers.ts')).toBe(unknown);
    expect(read('src/app/errors.ts')).toContain('INVOICE_TITLE_TAKEN');
    write('src/app/resolvers.ts', `${importLine}\n\nexport const resolvers = [InvoiceResolver];\n`);
  });

  it('stops before anything is written if a name is taken', () => {
    const before = project();
    const { status, output } = newResource('Invoice');
    expect(status).toBe(1);
    expect(output).toMatch(/^There is already the file src\/app\/invoices\/invoice\.types\.ts: .*\n$/);
    expect(newResource('password-policy').output).toMatch(/^There is already the type PasswordPolicy in .*\n$/);
    expect(project()).toEqual(before);
  });

  it('undoes everything when a step fails', () => {
    const models = read('prisma/schema/app.prisma');
    write('prisma/schema/app.prisma', `${models}\nmodel Broken {\n  id Nothing @id\n}\n`);
    const before = project();
    const { status, output } = newResource('LineItem');
    expect(status).toBe(1);
    expect(output).toContain('Nothing was written, because');
    expect(project()).toEqual(before);
    write('prisma/schema/app.prisma', models);
  });

  it('writes what is in the schema and in the documents at once', () => {
    const { status, output } = newResource('LineItem');
    expect({ status, output }).toMatchObject({ status: 0 });
    expect(read('schema.graphql')).toMatch(
      /^ {2}lineItems\(.*\n(?: {4}.*\n)* {2}\): LineItemConnection @authenticated$/m,
    );
    expect(read('docs/errors.md')).toContain('`LINE_ITEM_TITLE_TAKEN`');
  });
});

// `.ci/example` checks the types of a new resource, and runs its tests.
describe('a new resource', () => {
  it('is formatted', async () => {
    const config = await resolveConfig('test/app/app.test.ts');
    const paths = Object.keys(project()).filter((path) => /\/app\/.*\.(ts|graphql)$/.test(path));
    for (const filepath of paths)
      expect(await check(readFileSync(filepath, 'utf8'), { ...config, filepath })).toBe(true);
  });
});
