import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** The part of a report of dependency-cruiser that is read here. */
interface Report {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly Violation[];
  };
}

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

const rulesFile = resolve('.dependency-cruiser.cjs');
const { forbidden } = createRequire(rulesFile)(rulesFile) as { forbidden: readonly { name: string }[] };

// The exit code is the number of violations, so a non-zero code is no failure of the program.
const runDependencyCruiser = (folder: string, outputType: string): Promise<string> => {
  const cli = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [cli, 'src', 'test/app', '--config', rulesFile, '--output-type', outputType];
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }, (_error, stdout) => {
      done(stdout);
    });
  });
};

const cruise = async (folder: string): Promise<Report['summary']> =>
  (JSON.parse(await runDependencyCruiser(folder, 'json')) as Report).summary;

/** A file of each layer and of each part that has its own row in the import rules. */
const targets: Readonly<Record<string, string>> = {
  'values/': 'src/values/uuid.ts',
  'errors.ts': 'src/errors.ts',
  'config/': 'src/config/config.ts',
  'languages/': 'src/languages/en.ts',
  'security/': 'src/security/password.ts',
  'store/': 'src/store/store.ts',
  'mail/': 'src/mail/mail-queue.ts',
  'auth/': 'src/auth/login/login.ts',
  'auth/auth.ts': 'src/auth/auth.ts',
  'authorization/': 'src/authorization/rule.ts',
  'graphql/': 'src/graphql/schema.ts',
  'http/': 'src/http/server.ts',
  'commands/': 'src/commands/users.ts',
  'server/': 'src/server/core.ts',
  'app/': 'src/app/resolvers.ts',
  'app/roles.ts': 'src/app/roles.ts',
  'app/errors.ts': 'src/app/errors.ts',
  'extend.ts': 'src/extend.ts',
};

const shared = ['values/', 'errors.ts', 'app/roles.ts', 'app/errors.ts'];

/** What each layer may import: the table of the import rules in docs/architecture.md. */
const rows: readonly (readonly [layer: string, mayImport: readonly string[]])[] = [
  ['values', shared],
  ['config', ['config/', ...shared]],
  ['languages', ['languages/', ...shared]],
  ['security', ['security/', ...shared]],
  ['store', ['store/', ...shared]],
  ['mail', ['mail/', 'security/', 'store/', 'languages/', 'config/', ...shared]],
  ['auth', ['auth/', 'auth/auth.ts', 'security/', 'store/', 'mail/', 'config/', ...shared]],
  ['authorization', ['authorization/', ...shared]],
  ['graphql', ['graphql/', 'auth/', 'auth/auth.ts', 'authorization/', ...shared]],
  ['http', ['http/', 'graphql/', 'authorization/', 'auth/auth.ts', 'config/', 'languages/', ...shared]],
  ['commands', ['commands/', 'auth/', 'auth/auth.ts', 'server/', 'config/', 'security/', ...shared]],
  ['app', ['app/', 'app/roles.ts', 'app/errors.ts', 'extend.ts']],
  ['server', Object.keys(targets)],
];

/** The levels of auth/, from the lowest to the highest. */
const levels: readonly (readonly string[])[] = [
  ['caller', 'client-info', 'database-errors', 'database-clock', 'page'],
  ['audit'],
  ['keys'],
  ['access', 'job-queue'],
  ['unit-of-work', 'rate-limits'],
  ['application'],
  ['sessions'],
  ['password-checks', 'email-links', 'administrators'],
  ['login', 'passwords', 'email', 'accounts', 'users', 'mail'],
  ['retention', 'auth'],
];

/** Every folder of auth/, and the folders that it may import: itself and those of lower levels. */
const authRows = levels.flatMap((folders, level) =>
  folders.map((folder): [string, string[]] => [folder, [...levels.slice(0, level).flat(), folder]]),
);

/** A file that breaks a rule. In a rule about folders, it is the folder of the file that breaks it. */
const breaches: readonly (readonly [rule: string, file: string, content: string])[] = [
  ['no-file-cycle', 'src/auth/login/first.ts', "import './second.js';"],
  ['no-folder-cycle', 'src/store/tables/cycle.ts', "import '../database/pool.js';"],
  ['no-folder-cycle', 'src/store/database/cycle.ts', "import type { Row } from '../tables/rows.js';"],
  ['resolvable', 'src/auth/login/lost.ts', "import './nowhere.js';"],
  ['no-development-dependency', 'src/http/tool.ts', "import 'tool';"],
  ['prisma-in-store', 'src/server/client.ts', "import type { PrismaClient } from '@prisma/client';"],
  ['prisma-in-store', 'src/auth/login/embedded.ts', "import '@electric-sql/pglite';"],
  ['prisma-in-store', 'src/http/rows.ts', "import type { User } from '../store/generated/client.js';"],
  ['graphql-packages', 'src/auth/login/resolver.ts', "import 'type-graphql';"],
  ['graphql-packages', 'src/mail/schema.ts', "import type { GraphQLSchema } from 'graphql';"],
  ['graphql-packages', 'src/security/scalar.ts', "import 'graphql';"],
  ['graphql-packages', 'src/store/resolver.ts', "import 'type-graphql';"],
  ['graphql-packages', 'src/commands/query.ts', "import 'graphql';"],
  ['http-packages', 'src/auth/login/route.ts', "import 'fastify';"],
  ['http-packages', 'src/mail/route.ts', "import 'fastify';"],
  ['http-packages', 'src/security/request.ts', "import type { FastifyRequest } from 'fastify';"],
  ['http-packages', 'src/store/route.ts', "import 'fastify';"],
  ['http-packages', 'src/graphql/request.ts', "import type { FastifyRequest } from 'fastify';"],
  ['errors-imports', 'src/errors.ts', "import type { Config } from './config/config.js';"],
  ['app-data-imports', 'src/app/roles.ts', "import './hooks.js';"],
  ['app-data-imports', 'src/app/errors.ts', "import 'fastify';"],
  ['test-app-imports', 'test/app/server.test.ts', "import '../../src/server/core.js';"],
  ['test-app-imports', 'test/app/support.test.ts', "import type {} from '../support/app.js';"],
  ['mail-config-type', 'src/mail/environment.ts', "import '../config/config.js';"],
  ['auth-config-type', 'src/auth/login/environment.ts', "import '../../config/config.js';"],
  ['commands-security', 'src/commands/keys-of-users.ts', "import '../security/password.js';"],
  ['entry-points', 'src/server/restart.ts', "import '../main.js';"],
  ['entry-points', 'src/commands/run.ts', "import '../cli.js';"],
  ['top-level-folders', 'src/services/mailer.ts', ''],
  ['top-level-folders', 'src/log.ts', ''],
  ['auth-folders', 'src/auth/utils.ts', ''],
  ['auth-folders', 'src/auth/tokens.ts', ''],
  ['auth-folders', 'src/auth/foo/foo.ts', ''],
  ['graphql-files', 'src/graphql/tokens/tokens.resolver.ts', ''],
  ['graphql-files', 'src/graphql/login/session.types.ts', ''],
  ['graphql-files', 'src/graphql/login/login.ts', ''],
  ['no-catch-all', 'src/store/utils.ts', ''],
  ['no-catch-all', 'src/http/helpers/headers.ts', ''],
  ['no-catch-all', 'src/graphql/types.ts', ''],
  ['no-catch-all', 'src/mail/index.ts', ''],
];

/** Files that keep to the rules where a row of the table cannot show it. */
const lawful: Readonly<Record<string, string>> = {
  'src/main.ts': "import './server/core.js';",
  'src/cli.ts': "import './commands/users.js';",
  'src/extend.ts': "import './graphql/schema.js'; import 'type-graphql';",
  'src/app/hooks.ts': "import '../extend.js'; import 'type-graphql'; import 'fastify';",
  'src/store/database/client.ts': "import '@prisma/client'; import '../generated/client.js';",
  'src/auth/caller.ts': "import '../app/roles.js';",
  'src/auth/unit-of-work.ts': "import '../mail/mail-queue.js'; import './caller.js'; import './audit/nothing.js';",
  'src/auth/sessions/tokens.ts': "import type { Config } from '../../config/config.js'; import '../unit-of-work.js';",
  'src/auth/retention.ts': "import './accounts/nothing.js';",
  'src/mail/transport.ts': "import type { Config } from '../config/config.js';",
  'src/authorization/document-check.ts': "import 'graphql';",
  'src/graphql/login/login.resolver.ts': "import './login.types.js'; import '../schema.js'; import 'type-graphql';",
  'src/graphql/login/login.types.ts': "import 'type-graphql';",
  'src/http/apollo.ts': "import 'graphql'; import 'fastify';",
  'test/app/projects/projects.test.ts':
    "import '../../kit.js'; import '../../../src/app/roles.js'; import '../../../src/extend.js'; import 'fastify'; import 'tool'; import '@prisma/client';",
  'src/commands/token.ts': "import '../security/password.js';",
  'src/commands/secret.ts': "import '../security/password.js';",
  'src/commands/hash.ts': "import '../security/password.js';",
};

const packages = ['@prisma/client', '@electric-sql/pglite', 'graphql', 'type-graphql', 'fastify', 'tool'];

const typeImports = (folder: string, files: readonly string[]): string =>
  files.map((file) => `import type {} from '${folder}${file.replace(/\.ts$/, '.js')}';`).join('\n');

const support: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    type: 'module',
    dependencies: Object.fromEntries(packages.filter((name) => name !== 'tool').map((name) => [name, '*'])),
    devDependencies: { tool: '*' },
  }),
  'tsconfig.json': JSON.stringify({ compilerOptions: { module: 'nodenext' } }),
  ...Object.fromEntries(packages.map((name) => [`node_modules/${name}/index.js`, ''])),
  ...Object.fromEntries(Object.values(targets).map((file) => [file, 'export {};'])),
  'src/auth/login/second.ts': "import type { First } from './first.js';",
  'src/store/tables/rows.ts': 'export {};',
  'src/store/database/pool.ts': 'export {};',
  'src/store/generated/client.ts': 'export {};',
  'test/support/app.ts': 'export {};',
  'test/kit.ts': "import './support/app.js'; import 'graphql';",
  // A file of every layer, and of every folder of auth/, that imports everything.
  ...Object.fromEntries(
    rows.map(([layer]) => [
      layer === 'auth' ? 'src/auth/login/everything.ts' : `src/${layer}/everything.ts`,
      typeImports(
        layer === 'auth' ? '../../' : '../',
        Object.values(targets).map((file) => file.slice('src/'.length)),
      ),
    ]),
  ),
  ...Object.fromEntries(authRows.map(([folder]) => [`src/auth/${folder}/nothing.ts`, 'export {};'])),
  ...Object.fromEntries(
    authRows.map(([folder]) => [
      `src/auth/${folder}/all-folders.ts`,
      typeImports(
        '../',
        authRows.map(([other]) => `${other}/nothing.ts`),
      ),
    ]),
  ),
};

describe('the import rules', () => {
  let folder: string;
  let found: readonly Violation[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-rules-'));
    const broken = Object.fromEntries(breaches.map(([, file, content]) => [file, content]));
    for (const [file, content] of Object.entries({ ...support, ...lawful, ...broken })) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), content);
    }
    found = (await cruise(folder)).violations;
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const targetsRefusedTo = (file: string, rule: RegExp) =>
    found.filter((violation) => violation.from === file && rule.test(violation.rule.name)).map(({ to }) => to);

  it('are kept by src and test/app', async () => {
    const { totalCruised, violations } = await cruise('.');
    expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
    expect(totalCruised).toBeGreaterThan(30);
  });

  it.each(rows)('let %s/ import the layers of its row and nothing else', (layer, mayImport) => {
    const file = layer === 'auth' ? 'src/auth/login/everything.ts' : `src/${layer}/everything.ts`;
    const refused = targetsRefusedTo(file, /^[a-z]+-imports$/);
    const allowed = Object.keys(targets).filter((name) => !refused.includes(targets[name] ?? ''));
    expect(allowed.sort()).toEqual([...mayImport].sort());
  });

  it.each(authRows)('let auth/%s import lower levels of auth/ and nothing else of it', (name, mayImport) => {
    const refused = targetsRefusedTo(`src/auth/${name}/all-folders.ts`, /^auth-level-\d+$/);
    const allowed = authRows
      .map(([other]) => other)
      .filter((other) => !refused.includes(`src/auth/${other}/nothing.ts`));
    expect(allowed.sort()).toEqual([...mayImport].sort());
  });

  it.each(breaches)('%s: refuse %s', (rule, file) => {
    const names = found.filter(({ from }) => from === file || from === dirname(file)).map(({ rule: { name } }) => name);
    expect(names).toContain(rule);
  });

  it('have no rule that is not proved by a file that breaks it', () => {
    const proved = new Set([
      ...breaches.map(([rule]) => rule),
      ...rows.filter(([layer]) => layer !== 'server').map(([layer]) => `${layer}-imports`),
      ...levels.map((_folders, level) => `auth-level-${level + 1}`),
    ]);
    expect(proved).toEqual(new Set(forbidden.map(({ name }) => name)));
  });

  it('accept the files that keep to them', () => {
    expect(found.filter(({ from }) => from in lawful)).toEqual([]);
  });

  it('state what is wrong with a file in the wrong folder', async () => {
    const output = (await runDependencyCruiser(folder, 'err-long')).replace(/\s+/g, ' ');
    expect(output).toContain('auth-folders: src/auth/utils.ts A file of auth/ belongs into a folder that has a level:');
    expect(output).toContain(
      'top-level-folders: src/services/mailer.ts A file of src/ belongs into one of the layers:',
    );
    expect(output).toContain('no-catch-all: src/auth/utils.ts No file or folder is called utils,');
  });
});
