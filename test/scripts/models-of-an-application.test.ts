import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

import { connectEmbedded } from '../../src/store/database/client.js';
import { applyPendingMigrations } from '../../src/store/database/migrations.js';

const models = `
extend model User {
  timeZone String? @map("time_zone")

  @@index([timeZone])
}

model Project {
  id      String @id @db.Uuid
  ownerId String @map("owner_id") @db.Uuid

  owner User @relation(fields: [ownerId], references: [id], onDelete: Cascade)
  tasks Task[]

  @@map("project")
}

model Task {
  id         String  @id @db.Uuid
  projectId  String  @map("project_id") @db.Uuid
  assigneeId String? @map("assignee_id") @db.Uuid
  authorId   String? @unique @map("author_id") @db.Uuid

  project  Project @relation(fields: [projectId], references: [id], onDelete: Cascade)
  assignee User?   @relation("assignee", fields: [assigneeId], references: [id], onDelete: SetNull)
  author   User?   @relation("author", fields: [authorId], references: [id], onDelete: SetNull)

  @@map("task")
}
`;

/** A copy of the project, in which an application has models. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-'));
  for (const name of [
    'scripts',
    'prisma',
    'src',
    'prisma.config.ts',
    'package.json',
    'tsconfig.json',
    'swc.config.js',
  ]) {
    await cp(name, join(folder, name), { recursive: true, filter: (path) => !/\/(?:generated|composed)/.test(path) });
  }
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  await writeModels(models);
});

afterAll(() => rm(folder, { recursive: true }));

const writeModels = (text: string) => writeFile(join(folder, 'prisma/schema/app.prisma'), text);

const run = async (...args: readonly string[]): Promise<{ code: number | null; output: string }> => {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', PRISMA_SCHEMA_ENGINE_BINARY: process.execPath },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
};

const generate = () => run('scripts/generate.mjs');
const script = (name: string, ...args: string[]) =>
  run('--import', './scripts/typescript.mjs', `scripts/${name}.ts`, ...args);

const succeeded = { code: 0, output: expect.any(String) as string };

it('have a client, a migration with their foreign keys, and no drift', async () => {
  expect(await generate()).toEqual({ code: 0, output: '' });
  expect(await script('migration', 'projects')).toEqual(succeeded);
  const migrations = await readdir(join(folder, 'prisma/migrations'));
  const name = migrations.find((migration) => migration.endsWith('_projects')) ?? '';
  const sql = await readFile(join(folder, 'prisma/migrations', name, 'migration.sql'), 'utf8');
  expect(
    [...sql.matchAll(/"(\w+_fkey)".*ON DELETE (CASCADE|SET NULL)/g)].map(([, key, action]) => [key, action]),
  ).toEqual([
    ['project_owner_id_fkey', 'CASCADE'],
    ['task_project_id_fkey', 'CASCADE'],
    ['task_assignee_id_fkey', 'SET NULL'],
    ['task_author_id_fkey', 'SET NULL'],
  ]);
  expect(await script('drift')).toEqual(succeeded);
});

it('are migrated before or after a migration of ours, whatever its date', async () => {
  const pglite = await PGlite.create();
  const migrate = async () => {
    const connection = await connectEmbedded(pglite, () => Promise.resolve());
    await applyPendingMigrations(connection, { migrate: 'auto' }, join(folder, 'prisma/migrations'));
  };
  await migrate();
  const upstream = join(folder, 'prisma/migrations/20260102000000_upstream');
  await mkdir(upstream);
  await writeFile(join(upstream, 'migration.sql'), 'CREATE TABLE auth_upstream (id int);\n');
  await migrate();
  const { rows } = await pglite.query(
    `SELECT to_regclass('auth_upstream')::text AS ours, to_regclass('task')::text AS theirs`,
  );
  await rm(upstream, { recursive: true });
  expect(rows).toEqual([{ ours: 'auth_upstream', theirs: 'task' }]);

  const id = (digit: number) => `01900000-0000-7000-8000-00000000000${digit}`;
  await pglite.exec(`
    INSERT INTO "user" (id, email, email_canonical, origin)
      VALUES ('${id(1)}', 'a@example.com', 'a@example.com', 'SIGN_UP'), ('${id(2)}', 'b@example.com', 'b@example.com', 'SIGN_UP');
    INSERT INTO project (id, owner_id) VALUES ('${id(3)}', '${id(1)}'), ('${id(4)}', '${id(2)}');
    INSERT INTO task (id, project_id, assignee_id) VALUES ('${id(5)}', '${id(3)}', '${id(2)}'), ('${id(6)}', '${id(4)}', '${id(1)}');
    DELETE FROM "user" WHERE id = '${id(1)}';`);
  const { rows: tasks } = await pglite.query('SELECT id, assignee_id FROM task');
  expect(tasks).toEqual([{ id: id(6), assignee_id: null }]);
  await pglite.close();
});

it('are validated and compared by the commands of Prisma', async () => {
  const prisma = (...args: string[]) => run('node_modules/prisma/build/index.js', ...args);
  const { code, output } = await prisma('validate');
  expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('prisma/composed') as string });
});

describe('a mistake', () => {
  it('that composing finds is one sentence with its line, without a stack', async () => {
    await writeModels(models.replace('String? @map("time_zone")', 'String @map("time_zone")'));
    const { code, output } = await generate();
    expect({ code, output }).toEqual({
      code: 1,
      output:
        'prisma/schema/app.prisma:3: User.timeZone must be optional (`String?`) or have a default of the database, because Gatehouse creates users without it.\n',
    });
    for (const name of ['migration', 'drift']) {
      const refused = await script(name, ...(name === 'migration' ? ['other'] : []));
      expect(refused).toEqual({ code: 1, output });
    }
  });

  it.each([
    ['in a model', 'projectId  String ', 'projectId  Nope ', /--> +prisma\/schema\/app\.prisma:20\n/],
    [
      'in an extension',
      '@map("time_zone")',
      '@db.Nope',
      /timeZone String\? @db\.Nope \/\/ prisma\/schema\/app\.prisma:3\n/,
    ],
    ['in a relation', 'fields: [assigneeId]', 'fields: [nobodyId]', /--> +prisma\/schema\/app\.prisma:25\n/],
    ['of braces', '  @@map("task")\n}', '  @@map("task") }', /--> +prisma\/schema\/app\.prisma:\d+\n/],
  ])('that Prisma finds has its line in the file of the author: %s', async (_description, right, wrong, expected) => {
    await writeModels(models.replace(right, wrong));
    const { code, output } = await generate();
    expect(code).toBe(1);
    expect(output).toMatch(expected);
    expect(output).not.toMatch(/at \w+ \(file:/);
  });
});
