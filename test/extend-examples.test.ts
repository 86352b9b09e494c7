import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createCheckout, type Checkout } from './support/checkout.js';
import { COMMAND_TIMEOUT_MS } from './support/commands.js';
import { endPrograms, freePort, start } from './support/program.js';

const source = readFileSync(fileURLToPath(new URL('../src/extend.ts', import.meta.url)), 'utf8');

/** The files of the examples in src/extend.ts: blocks that begin with a comment that names the file. */
const examples: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from(source.matchAll(/^ \* ```ts\n([^]*?)^ \* ```$/gm), ([, block = '']) => {
    const text = block.replaceAll(/^ \* ?/gm, '');
    return [/^\/\/ (\S+)\n/.exec(text)?.[1] ?? '', text];
  }),
);

/** The exports that are values: their names, as src/app imports them. */
const values = Array.from(source.matchAll(/^export (?:\{ (.*) \} from|const (\w+))/gm), ([, list, name = '']) =>
  list === undefined
    ? [name]
    : list
        .split(', ')
        .filter((it) => !it.startsWith('type '))
        .map((it) => it.split(' as ').at(-1) ?? it),
).flat();

let checkout: Checkout;

beforeAll(() => {
  checkout = createCheckout();
  checkout.write(examples);
});

afterAll(async () => {
  await endPrograms();
  checkout.remove();
});

const printSchema = () => checkout.run('--import', './scripts/typescript.mjs', 'scripts/schema.ts');

describe('the examples of src/extend.ts', () => {
  it('name their files, and use every export that is a value', () => {
    expect(Object.keys(examples)).toEqual(expect.arrayContaining(['src/app/errors.ts', 'src/app/resolvers.ts']));
    expect(Object.keys(examples).filter((name) => !name.startsWith('src/app/'))).toEqual([]);
    const texts = Object.values(examples).join('\n');
    expect(values).toEqual(expect.arrayContaining(['Authorized', 'RateLimit', 'User', 'defineFailure']));
    expect(values.filter((name) => !new RegExp(`\\b${name}\\b`).test(texts))).toEqual([]);
  });

  it(
    'compile, and a code, role, job or mail that is misspelled does not',
    async () => {
      const compilerOptions = { noEmit: true, rootDir: '.', preserveSymlinks: true };
      checkout.write({
        'examples.json': JSON.stringify({
          extends: './tsconfig.json',
          compilerOptions,
          include: ['src/app', 'src/main.ts'],
        }),
        'src/app/misspelled.ts': `
          import { Authorized, defineFailure, RequestError, type ApplicationTx } from '../extend.js';
          // @ts-expect-error
          defineFailure('NAME_TAKN');
          // @ts-expect-error
          new RequestError('PAYMENT_REQUIERD');
          // @ts-expect-error
          Authorized('MANGER');
          // @ts-expect-error
          export const enqueue = (tx: ApplicationTx) => tx.enqueue('confirm-paiment', { userId: '', amount: '' });
          // @ts-expect-error
          export const send = (tx: ApplicationTx) => tx.mail.send({ userId: '' }, 'payment-recieved', { amount: '' });`,
      });
      const compiled = await checkout.run('node_modules/typescript/bin/tsc', '-p', 'examples.json');
      checkout.write({ 'src/app/misspelled.ts': '' });
      expect(compiled).toEqual({ code: 0, output: '' });
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'become types, rules, limits and codes of the schema and of docs/errors.md',
    async () => {
      expect(await printSchema()).toEqual({ code: 0, output: '' });
      const schema = readFileSync(join(checkout.folder, 'schema.graphql'), 'utf8');
      expect(schema).toMatch(/^type NameTakenError implements ErrorResult \{$/m);
      expect(schema).toMatch(/^union CreateProjectResult = .*NameTakenError \| Project \| ProjectLimitError/m);
      expect(schema).toContain('): CreateProjectResult! @authenticated @rateLimited(purpose: "create-project")');
      expect(schema).toContain('projectCount: Int @authenticated @requiresScopes(scopes: [["role:MANAGER"]])');
      expect(schema).toMatch(/^enum ErrorCode \{[^}]*^ {2}PROJECT_LIMIT$[^}]*\}/m);
      expect(schema).toMatch(/^enum RequestErrorCode \{[^}]*^ {2}PAYMENT_REQUIRED$[^}]*\}/m);

      await checkout.run('--import', './scripts/typescript.mjs', 'scripts/docs.ts');
      const errors = readFileSync(join(checkout.folder, 'docs/errors.md'), 'utf8');
      expect(errors).toMatch(/^\| `PROJECT_LIMIT` \(of the application\) +\| You have too many projects\./m);
      expect(errors).toMatch(/^\| `PAYMENT_REQUIRED` \(of the application\) +\| 402 +\| A payment is required\./m);
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'do not change the report of the interface, docs/extend.api.md, which is up to date',
    async () => {
      const report = await checkout.run('--import', './scripts/typescript.mjs', 'scripts/extend-api.ts', '--check');
      expect(report).toEqual({ code: 0, output: '' });
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'run: results, request errors with their status, connections and fields of users',
    async () => {
      const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-'));
      const port = await freePort();
      const flags = ['--preserve-symlinks', '--preserve-symlinks-main', '--liftoff-only'];
      const server = start('main.ts', { DATA_DIR: dataDir, PORT: port }, [], '', flags, checkout.folder);
      await server.says(/ is ready at /);
      const password = readFileSync(join(dataDir, 'admin-password'), 'utf8').trim();
      let authorization = '';
      const ask = async (query: string, variables: object = {}) => {
        const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization },
          body: JSON.stringify({ query, variables }),
        });
        return { status: response.status, ...((await response.json()) as { data?: object; errors?: object[] }) };
      };
      const login = await ask(
        'mutation ($input: LoginInput!) { login(input: $input) { __typename ... on LoginSuccess { accessToken user { id projectCount } } } }',
        { input: { email: 'admin@example.com', password } },
      );
      expect(login).toMatchObject({ data: { login: { __typename: 'LoginSuccess' } } });
      const { accessToken, user } = (login.data as { login: { accessToken: string; user: { id: string } } }).login;
      expect(user).toMatchObject({ projectCount: 0 });
      authorization = `Bearer ${accessToken}`;

      const create = (name: string) =>
        ask(
          `mutation ($name: String!) { createProject(name: $name) { __typename
            ... on ErrorResult { code message retryable } ... on ProjectLimitError { limit } ... on InvalidInputError { fields } } }`,
          { name },
        );
      expect(await create(' ')).toMatchObject({ data: { createProject: { code: 'INVALID_INPUT', fields: ['name'] } } });
      expect(await create('Apollo')).toMatchObject({ data: { createProject: { __typename: 'Project' } } });
      const taken = {
        __typename: 'NameTakenError',
        code: 'NAME_TAKEN',
        message: 'You have a project with this name.',
        retryable: false,
      };
      expect(await create('Apollo')).toEqual({ status: 200, data: { createProject: taken } });
      expect(await create('Gemini')).toMatchObject({ data: { createProject: { __typename: 'Project' } } });
      expect(await create('Mercury')).toMatchObject({
        data: { createProject: { __typename: 'ProjectLimitError', code: 'PROJECT_LIMIT', limit: 2 } },
      });
      expect(await ask('mutation { renameProject(id: "none", name: "X") { ... on NotFoundError { code } } }')).toEqual({
        status: 200,
        data: { renameProject: { code: 'NOT_FOUND' } },
      });

      const paymentRequired = {
        message: 'A payment is required.',
        path: ['nextPrice'],
        extensions: { code: 'PAYMENT_REQUIRED', retryable: false },
      };
      expect(await ask('{ nextPrice }')).toEqual({ status: 402, errors: [paymentRequired] });
      expect(await ask('{ nextPrice ownerCount }')).toEqual({
        status: 200,
        data: { nextPrice: null, ownerCount: 1 },
        errors: [paymentRequired],
      });
      expect(await ask('{ projectCount }')).toMatchObject({ status: 403 });
      expect(await ask('{ projects(last: 1) { totalCount nodes { owner { id initial } } } }')).toEqual({
        status: 200,
        data: { projects: { totalCount: 2, nodes: [{ owner: { id: user.id, initial: '?' } }] } },
      });
      server.kill('SIGTERM');
      await server.ended;
      expect(server.said()).not.toContain('PAYMENT_REQUIRED');
      rmSync(dataDir, { recursive: true, force: true });
    },
    COMMAND_TIMEOUT_MS,
  );
});

describe('what the code of an application gets wrong', () => {
  const errorsFile = 'src/app/errors.ts';
  const resolverFile = 'src/app/statistics.resolver.ts';

  const exampleOf = (file: string) => examples[file] ?? '';

  it.each<[string, string, string, string]>([
    [
      'a code of ours',
      errorsFile,
      exampleOf(errorsFile).replace('NAME_TAKEN', 'NOT_FOUND'),
      'src/app/errors.ts: "NOT_FOUND" is a code of Gatehouse. Choose another name.',
    ],
    [
      'a status that is missing',
      errorsFile,
      exampleOf(errorsFile).replace('status: 402,', ''),
      'src/app/errors.ts: "PAYMENT_REQUIRED" has no status from 400 to 599. Add one, such as 402.',
    ],
    [
      'a code that the table lacks',
      errorsFile,
      exampleOf(errorsFile).replace('NAME_TAKEN', 'TITLE_TAKEN'),
      "defineFailure('NAME_TAKEN'): resultErrors of src/app/errors.ts has no such code. Add it, or correct the name.",
    ],
    [
      'a failure that is defined twice',
      resolverFile,
      `${exampleOf(resolverFile)}\nimport { defineFailure } from '../extend.js';\ndefineFailure('NAME_TAKEN');`,
      "defineFailure('NAME_TAKEN') is called twice. Export the type from one file, and import it in the other.",
    ],
    [
      'a resolver without a rule',
      resolverFile,
      exampleOf(resolverFile).replace("@Authorized('MANAGER')", ''),
      'These root fields have no rule. Add @Authorized() or @Public("reason") to each: Query.projectCount (StatisticsResolver.projectCount).',
    ],
    [
      'a role that does not exist',
      resolverFile,
      exampleOf(resolverFile).replace("'MANAGER'", "'MANGER'"),
      'Query.projectCount (StatisticsResolver.projectCount): src/app/roles.ts has no role "MANGER". The roles are USER, ADMIN, MANAGER.',
    ],
    [
      'a field that returns User',
      resolverFile,
      exampleOf(resolverFile)
        .replace('() => ID, {', '() => User, {')
        .replace('requireUser,', 'requireUser, User,')
        .replace('(context).userId', '(context) as never'),
      "Query.myId leads to the private type User. Use UserProfile: User is reserved for Gatehouse's own fields under a rule.",
    ],
    [
      'a type with a name of ours',
      'src/app/projects.ts',
      exampleOf('src/app/projects.ts').replace('@ObjectType({', "@ObjectType('UserSession', {"),
      'Type "UserSession" of src/app (class Project) collides with Gatehouse\'s type UserSession. Choose another name.',
    ],
  ])(
    '%s stops the build with one sentence',
    async (_description, file, content, sentence) => {
      expect(content).not.toBe(examples[file]);
      checkout.write({ [file]: content });
      const { code, output } = await printSchema();
      checkout.write({ [file]: exampleOf(file) });
      expect({ code, output }).toEqual({ code: 1, output: `${sentence}\n` });
    },
    COMMAND_TIMEOUT_MS,
  );

  it(
    'stops the start in the same way',
    async () => {
      checkout.write({ [errorsFile]: exampleOf(errorsFile).replace('NAME_TAKEN', 'FORBIDDEN') });
      const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-'));
      const flags = ['--preserve-symlinks', '--preserve-symlinks-main', '--liftoff-only'];
      const { code, stderr } = await start('main.ts', { DATA_DIR: dataDir }, [], '', flags, checkout.folder).ended;
      checkout.write({ [errorsFile]: exampleOf(errorsFile) });
      rmSync(dataDir, { recursive: true, force: true });
      expect(code).toBe(1);
      expect(stderr).toContain('src/app/errors.ts: "FORBIDDEN" is a code of Gatehouse. Choose another name.\n');
      expect(stderr).not.toContain('    at ');
    },
    COMMAND_TIMEOUT_MS,
  );
});
