import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** What dependency-cruiser reports, as far as it is read here. */
interface Report {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

const lawFile = resolve('.dependency-cruiser.cjs');
const law = createRequire(lawFile)(lawFile) as { forbidden: readonly { name: string }[] };

async function cruise(folder: string): Promise<Report['summary']> {
  const cli = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [cli, 'src', '--config', lawFile, '--output-type', 'json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
  return (JSON.parse(stdout) as Report).summary;
}

/** A file that breaks one rule, and the rule. */
const breaches: readonly (readonly [rule: string, file: string, content: string])[] = [
  ['no-circle', 'src/auth/egg.ts', "import './hen.js';"],
  ['resolvable', 'src/auth/lost.ts', "import './nowhere.js';"],
  ['no-development-dependency', 'src/http/tooled.ts', "import 'tool';"],
  ['prisma-stays-in-store', 'src/gatehouse.ts', "import type { PrismaClient } from '@prisma/client';"],
  ['prisma-stays-in-store', 'src/auth/embedded.ts', "import '@electric-sql/pglite';"],
  ['prisma-stays-in-store', 'src/http/rows.ts', "import type { User } from '../store/generated/client.js';"],
  ['security-knows-errors-only', 'src/security/reads.ts', "import '../store/store.js';"],
  ['security-knows-errors-only', 'src/security/configured.ts', "import type { Config } from '../config.js';"],
  ['store-knows-nothing-of-ours', 'src/store/hashes.ts', "import '../security/password.js';"],
  ['store-knows-nothing-of-ours', 'src/store/judges.ts', "import '../config.js';"],
  ['flows-know-no-protocol', 'src/auth/resolves.ts', "import 'type-graphql';"],
  ['flows-know-no-protocol', 'src/mail/listens.ts', "import 'fastify';"],
  ['flows-know-no-protocol', 'src/auth/ruled.ts', "import '../contract/rule.js';"],
  ['flows-share-types-only', 'src/mail/decides.ts', "import '../auth/login.js';"],
  ['flows-share-types-only', 'src/mail/reads-environment.ts', "import '../config.js';"],
  ['contract-knows-no-floor', 'src/contract/flows.ts', "import '../auth/auth.js';"],
  ['graphql-asks-the-flows', 'src/graphql/selects.ts', "import type { Store } from '../store/store.js';"],
  ['graphql-asks-the-flows', 'src/graphql/verifies.ts', "import '../security/password.js';"],
  ['http-is-the-wire', 'src/http/logs-in.ts', "import '../auth/login.js';"],
  ['http-is-the-wire', 'src/http/queries.ts', "import '../store/store.js';"],
  ['app-is-the-adopters', 'src/graphql/borrows.ts', "import '../app/resolvers.js';"],
  ['app-stands-on-the-contract', 'src/app/shortcut.ts', "import '../store/store.js';"],
  ['app-knows-types-of-flows', 'src/app/calls.ts', "import '../auth/auth.js';"],
  ['starting-is-at-the-top', 'src/jobs.ts', "import './main.js';"],
];

/** What the breaches import, and files that keep to the law. */
const lawful: Readonly<Record<string, string>> = {
  'src/main.ts': "import './config.js';",
  'src/config.ts': "import './errors.js';",
  'src/errors.ts': "import './app/roles.js';",
  'src/app/roles.ts': 'export {};',
  'src/app/resolvers.ts': "import '../graphql/types.js'; import type { Auth } from '../auth/auth.js';",
  'src/security/password.ts': "import '../errors.js'; import '../app/roles.js';",
  'src/store/store.ts': "import '@prisma/client'; import './generated/client.js'; import '../app/roles.js';",
  'src/store/generated/client.ts': 'export {};',
  'src/auth/auth.ts':
    "import '../security/password.js'; import '../store/store.js'; import type { Config } from '../config.js';",
  'src/auth/login.ts': "import type { Courier } from '../mail/courier.js';",
  'src/mail/courier.ts': "import '../errors.js'; import type { Config } from '../config.js';",
  'src/contract/rule.ts': "import '../errors.js'; import 'type-graphql';",
  'src/graphql/types.ts': "import '../auth/login.js'; import '../contract/rule.js'; import 'type-graphql';",
  'src/http/server.ts': "import '../graphql/types.js'; import '../auth/auth.js'; import 'fastify';",
};

const packages = ['@prisma/client', '@electric-sql/pglite', 'type-graphql', 'fastify', 'tool'];

const support: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    type: 'module',
    dependencies: Object.fromEntries(packages.filter((name) => name !== 'tool').map((name) => [name, '*'])),
    devDependencies: { tool: '*' },
  }),
  // The other half of the circle, which is reported once.
  'src/auth/hen.ts': "import type { Egg } from './egg.js';",
  'tsconfig.json': JSON.stringify({ compilerOptions: { module: 'nodenext' } }),
  ...Object.fromEntries(packages.map((name) => [`node_modules/${name}/index.js`, ''])),
};

describe('the import law', () => {
  let folder: string;
  let found: Report['summary']['violations'];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-law-'));
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

  it('is kept by src', async () => {
    const { totalCruised, violations } = await cruise('.');
    expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
    expect(totalCruised).toBeGreaterThan(30);
  });

  it.each(breaches)('%s bites at %s', (rule, file) => {
    expect(found.filter(({ from }) => from === file).map((violation) => violation.rule.name)).toContain(rule);
  });

  it('has no rule without a breach that proves it', () => {
    expect(new Set(breaches.map(([rule]) => rule))).toEqual(new Set(law.forbidden.map(({ name }) => name)));
  });

  it('lets pass what keeps to it', () => {
    expect(found.filter(({ from }) => from in lawful)).toEqual([]);
  });
});
