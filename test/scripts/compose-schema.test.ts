import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { composeSchema, UnusableModels } from '../../scripts/compose-schema.mjs';

let folder: string;
let own: string;

beforeAll(async () => {
  own = await readFile('prisma/schema/gatehouse.prisma', 'utf8');
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-'));
  await mkdir(join(folder, 'prisma/schema'), { recursive: true });
  await writeFile(join(folder, 'prisma/schema/gatehouse.prisma'), own);
});

afterEach(() => rm(folder, { recursive: true }));

interface Composed {
  readonly all: { readonly own: string; readonly application: string };
  readonly client: { readonly own: string; readonly application: string };
}

const compose = async (application: string): Promise<Composed> => {
  await writeFile(join(folder, 'prisma/schema/app.prisma'), application);
  composeSchema(folder);
  const read = async (name: string) => ({
    own: await readFile(join(folder, 'prisma', name, 'gatehouse.prisma'), 'utf8'),
    application: await readFile(join(folder, 'prisma', name, 'app.prisma'), 'utf8'),
  });
  return { all: await read('composed'), client: await read('composed-application') };
};

/** Returns what is refused, each problem without the name of the file. */
const refusalsOf = async (application: string): Promise<string[]> => {
  try {
    await compose(application);
    return [];
  } catch (error) {
    if (!(error instanceof UnusableModels)) throw error;
    return error.message.split('\n').map((line) => line.replace('prisma/schema/app.prisma:', ''));
  }
};

/** A model with a line of its own, which is line 3. */
const taskWith = (line: string) => `model Task {\n  id String @id\n  ${line}\n}\n`;

/** A relation of Task to User with these arguments; it is line 3. */
const taskOf = (relation: string, field = 'owner User') => taskWith(`${field} @relation(${relation})`);

const extendedWith = (line: string) => `extend model User {\n  ${line}\n}\n`;

const relation = 'fields: [ownerId], references: [id], onDelete: Cascade';

describe('a schema without models of an application', () => {
  it('is composed of our models as they are, and of what an application may read of User', async () => {
    const { all, client } = await compose('// Nothing.\n');
    expect(all.own).toBe(own);
    expect([...client.own.matchAll(/^model (\w+)/gm)].map(([, name]) => name)).toEqual(['User']);
    expect(client.own).not.toMatch(/emailCanonical|nameFolded|origin|Auth/);
  });
});

describe('an extension of User', () => {
  it('adds columns and indexes to both schemas, with the place where the author wrote each', async () => {
    const { all, client } = await compose(
      'extend model User {\n  timeZone String? @map("time_zone") // IANA\n\n  @@index([timeZone, createdAt])\n}\n\nextend model User {\n  points Int @default(0)\n}\n',
    );
    for (const { own: schema } of [all, client]) {
      expect(schema).toContain('  timeZone String? @map("time_zone") // prisma/schema/app.prisma:2\n');
      expect(schema).toContain('  @@index([timeZone, createdAt]) // prisma/schema/app.prisma:4\n');
      expect(schema).toContain('  points Int @default(0) // prisma/schema/app.prisma:8\n');
    }
  });

  it('leaves blank lines, so that the lines after it keep their numbers', async () => {
    const { all } = await compose(`${extendedWith('nick String?')}\n${taskWith('title String')}`);
    expect(all.application).toBe(`\n\n\n\n${taskWith('title String')}`);
  });

  it('is not read from comments', async () => {
    const { all } = await compose(
      '/*\nextend model User {\n  nick String?\n}\n*/\n// extend model User {\n//   nick String?\n// }\n',
    );
    expect(all.own).toBe(own);
  });

  it('may have attributes over several lines, with comments, and braces in texts', async () => {
    const { all } = await compose(
      'extend model User {\n  settings Json? @default( // of a form\n    "{ \\"a\\": 1 }"\n  ) @map("set//tings")\n}\n',
    );
    expect(all.own).toContain(
      '  settings Json? @default( "{ \\"a\\": 1 }" ) @map("set//tings") // prisma/schema/app.prisma:2\n',
    );
  });

  it('are checked in a file with line ends of Windows too', async () => {
    const text = extendedWith('nick String') + taskOf('fields: [ownerId], references: [id], onDelete: Restrict');
    const refusals = await refusalsOf(text);
    expect(refusals).toHaveLength(2);
    expect(await refusalsOf(text.replaceAll('\n', '\r\n'))).toEqual(refusals);
  });

  it.each([
    ['a required column', 'nick String', /^2: User\.nick must be optional \(`String\?`\) or have a default/],
    ['a default that Prisma makes', 'nick String @default(uuid())', /^2: User\.nick must be optional/],
    ['a default without a value', 'nick String @default(dbgenerated())', /^2: User\.nick must be optional/],
    ['a time that Prisma sets', 'seenAt DateTime @updatedAt', /^2: User\.seenAt must be optional/],
    ['a field of ours', 'locale String?', /^2: User has a field `locale` already/],
    ['a relation of ours', 'sessions String?', /^2: User has a field `sessions` already/],
    [
      'a column of ours',
      'folded String? @map("name_folded")',
      /^2: The table "user" has a column "name_folded" already/,
    ],
    ['a column of ours, named', 'folded String? @map(name: "name_folded")', /^2: The table "user" has a column/],
    ['a name of generated relations', 'app_nick String?', /^2: Rename `app_nick`/],
    ['a relation', 'tasks Task[]', /^2: User\.tasks has no scalar type: .* in the model Task only\.$/],
    ['a second id', 'nick String? @id', /^2: Remove @id from `nick`/],
    ['a composite id', '@@id([name])', /^2: Remove this line/],
    ['another table', '@@map("person")', /^2: Remove this line/],
    ['an index of a hidden column', '@@index([emailCanonical])', /^2: User has no column `emailCanonical`/],
    ['a unique key of a column of ours', '@@unique([name])', /^2: Make a unique key of User of optional columns/],
    ['a unique default', 'points Int @unique @default(0)', /^2: Make a unique key of User of optional columns/],
  ])('refuses %s', async (_description, line, expected) => {
    expect(await refusalsOf(extendedWith(line))).toEqual([expect.stringMatching(expected)]);
  });

  it('may have unique keys that creating and changing a user cannot violate', async () => {
    expect(await refusalsOf(extendedWith('nick String? @unique'))).toEqual([]);
    expect(
      await refusalsOf(extendedWith('tenant Int @default(0)\n  nick String?\n  @@unique([tenant, nick])')),
    ).toEqual([]);
  });

  it('refuses the same column twice, in one extension or in two', async () => {
    const twice = `${extendedWith('nick String?')}${extendedWith('nick String?')}`;
    expect(await refusalsOf(twice)).toEqual([expect.stringMatching(/^5: User has a field `nick` already/)]);
  });

  it.each([
    'extend model User { nick String? }\n',
    'extend model User { nick String?\n}\n',
    'extend model User {\n  nick String? }\n',
  ])('refuses a column in the line of a brace: %j', async (application) => {
    expect(await refusalsOf(application)).toEqual([
      expect.stringMatching(/^1: Write each column .* on a line of its own\.$/),
    ]);
  });

  it.each(['model AuthSession', 'model Task', 'enum Role'])('refuses to extend anything else: %s', async (block) => {
    expect(await refusalsOf(`extend ${block} {\n  nick String?\n}\n`)).toEqual([
      expect.stringMatching(/^1: Only User can be extended: declare `.*` without `extend`\.$/),
    ]);
  });
});

describe('a name of Gatehouse', () => {
  it.each(['User', 'user', 'AuthSession', 'AuthAnything', 'auth_session', 'auth', 'AuthUserOrigin'])(
    'is refused for a model: %s',
    async (name) => {
      expect(await refusalsOf(`model ${name} {\n  id String @id\n}\n`)).toEqual([
        expect.stringMatching(`^1: ${name} is a name of Gatehouse`),
      ]);
    },
  );

  it.each(['@@map("user")', '@@map("auth_session")', '@@map(name: "auth_anything")', '@@map("AUTH_SESSION")'])(
    'is refused for a table: %s',
    async (line) => {
      expect(await refusalsOf(taskWith(line))).toEqual([
        expect.stringMatching(/^3: The name ".*" is one of Gatehouse's/),
      ]);
    },
  );

  it('is refused for an enum and its type', async () => {
    expect(await refusalsOf('enum AuthKind {\n  A\n}\n')).toEqual([expect.stringMatching(/^1: AuthKind is a name/)]);
    expect(await refusalsOf('enum Kind {\n  A\n\n  @@map("auth_kind")\n}\n')).toEqual([
      expect.stringMatching(/^4: The name "auth_kind"/),
    ]);
  });

  it('does not include other words that begin in the same way', async () => {
    expect(await refusalsOf('model Author {\n  id String @id\n\n  @@map("authors")\n}\n')).toEqual([]);
    expect(await refusalsOf('model Session {\n  id String @id\n\n  @@map("session")\n}\n')).toEqual([]);
  });

  it.each(['Mail', 'Enqueue'])('is refused if a transaction has it: %s', async (name) => {
    expect(await refusalsOf(`model ${name} {\n  id String @id\n}\n`)).toEqual([
      expect.stringMatching(/^1: A transaction has/),
    ]);
  });

  it.each(['datasource db', 'generator other'])('is the only %s', async (block) => {
    expect(await refusalsOf(`${block} {\n  provider = "x"\n}\n`)).toEqual([
      expect.stringMatching(`^1: Remove the ${block}, because gatehouse\\.prisma has the only one\\.$`),
    ]);
  });
});

describe('a relation to User', () => {
  it('gets its other side, which is a single one if its key is unique', async () => {
    const { all, client } = await compose(
      `model Task {\n  id String @id\n  a String\n  b String?\n  owner User @relation("own", fields: [a], references: [id], onDelete: Cascade)\n  other User? @relation(name: "see", fields: [b], references: [id], onDelete: SetNull)\n\n  @@unique([b])\n}\n`,
    );
    for (const { own: schema } of [all, client]) {
      expect(schema).toContain('  app_Task_owner Task[] @relation("own") // prisma/schema/app.prisma:5\n');
      expect(schema).toContain('  app_Task_other Task? @relation("see") // prisma/schema/app.prisma:6\n');
    }
  });

  it.each([
    ['without onDelete', 'fields: [ownerId], references: [id]'],
    ['with Restrict', 'fields: [ownerId], references: [id], onDelete: Restrict'],
    ['with NoAction', 'fields: [ownerId], references: [id], onDelete: NoAction'],
    ['with SetDefault', 'fields: [ownerId], references: [id], onDelete: SetDefault'],
  ])('is refused %s, which would keep a user from being erased', async (_description, args) => {
    expect(await refusalsOf(taskOf(args))).toEqual([
      '3: Task.owner needs `onDelete: Cascade` or `onDelete: SetNull`, because a user can be erased at any time.',
    ]);
  });

  it.each([
    ['to another key than the id', relation.replace('[id]', '[email]'), /^3: Task\.owner needs `references: \[id\]`/],
    ['without a key', '"own"', /^3: Task\.owner needs `@relation\(fields:/],
  ])('is refused %s', async (_description, args, expected) => {
    expect(await refusalsOf(taskOf(args))).toEqual([expect.stringMatching(expected)]);
  });

  it('is refused as a list', async () => {
    expect(await refusalsOf(taskWith('owners User[]'))).toEqual([
      expect.stringMatching(/^3: Task\.owners is a list of users/),
    ]);
  });

  it('needs a name where there are two', async () => {
    const two = `owner User @relation(${relation})\n  other User @relation(${relation})`;
    expect(await refusalsOf(taskWith(two))).toEqual([expect.stringMatching(/^4: Task has several relations to User/)]);
  });

  it('is refused with any other model of ours', async () => {
    expect(await refusalsOf(taskOf(relation, 'session AuthSession'))).toEqual([
      '3: AuthSession belongs to Gatehouse, and an application can refer to User only.',
    ]);
  });
});

describe('a relation to what is deleted with a user', () => {
  const project = `model Project {\n  id String @id\n  ownerId String\n  owner User @relation(${relation})\n}\n`;
  const taskIn = (field: string, args: string) =>
    `${project}model Task {\n  id String @id\n  projectId String${field.endsWith('?') ? '?' : ''}\n  ${field} @relation(fields: [projectId], references: [id]${args})\n}\n`;

  it.each([
    ['Project', ''],
    ['Project', ', onDelete: Restrict'],
    ['Project?', ', onDelete: NoAction'],
  ])('is refused if it keeps it: %s%s', async (type, args) => {
    expect(await refusalsOf(taskIn(`project ${type}`, args))).toEqual([
      '9: Task.project needs `onDelete: Cascade` or `onDelete: SetNull`, because its Project is deleted when a user is erased.',
    ]);
  });

  it.each([
    ['Project', ', onDelete: Cascade'],
    ['Project?', ''],
    ['Project?', ', onDelete: SetNull'],
  ])('is accepted if it lets it go: %s%s', async (type, args) => {
    expect(await refusalsOf(taskIn(`project ${type}`, args))).toEqual([]);
  });

  it('is refused if it would set a required key to null', async () => {
    expect(await refusalsOf(taskIn('project Project', ', onDelete: SetNull'))).toEqual([
      '9: Task.project needs `onDelete: Cascade` or an optional key, because SetNull cannot set a required one to null.',
    ]);
    expect(
      await refusalsOf(taskWith(`ownerId String\n  owner User? @relation(${relation.replace('Cascade', 'SetNull')})`)),
    ).toEqual([expect.stringMatching(/^4: Task\.owner needs `onDelete: Cascade` or an optional key/)]);
  });

  it('is refused at any distance from the user', async () => {
    const comment = 'model Comment {\n  id String @id\n  task Task @relation(fields: [taskId], references: [id])\n}\n';
    expect(await refusalsOf(`${comment}${taskIn('project Project', ', onDelete: Cascade')}`)).toEqual([
      expect.stringMatching(/^3: Comment\.task needs .* because its Task is deleted when a user is erased\.$/),
    ]);
  });
});

it('reports every problem, in the order of the lines', async () => {
  const application = `${taskWith('owners User[]')}${extendedWith('nick String')}model User {\n  id String @id\n}\n`;
  expect((await refusalsOf(application)).map((problem) => problem.split(':')[0])).toEqual(['3', '6', '8']);
});
