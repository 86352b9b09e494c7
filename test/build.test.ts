import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createEmptyPostgres, postgresUrl } from './support/database.js';
import { freePort } from './support/program.js';

const TIMEOUT_MS = 240_000;
const root = fileURLToPath(new URL('..', import.meta.url));

let parent: string;
let deployed: string;
let packages: string[];

/** Links what the lock file names and nothing else, as an installation without a registry. */
const linkPackages = (): void => {
  for (const path of packages.filter((name) => name.lastIndexOf('node_modules/') === 0)) {
    mkdirSync(dirname(join(deployed, path)), { recursive: true });
    symlinkSync(join(root, path), join(deployed, path));
  }
};

beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'gatehouse-build-'));
  const built = join(parent, 'built');
  const build = ['--import', './scripts/typescript.mjs', 'scripts/build.ts', '--out', built];
  const { status, stderr } = spawnSync(process.execPath, build, { cwd: root, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  deployed = join(parent, 'elsewhere', 'gatehouse');
  cpSync(built, deployed, { recursive: true });
  rmSync(built, { recursive: true });
  const lock = JSON.parse(readFileSync(join(deployed, 'package-lock.json'), 'utf8')) as { packages: object };
  packages = Object.keys(lock.packages).filter((path) => path !== '');
  linkPackages();
}, TIMEOUT_MS);

afterAll(() => rmSync(parent, { recursive: true, force: true }));

/**
 * Runs a program of the copied folder with the environment file, as docs/deployment.md shows. A package is found in the
 * folder alone, not where its link leads.
 */
const spawnDeployed = (file: string, args: readonly string[]) => {
  const options = ['--preserve-symlinks', '--liftoff-only', '--env-file=gatehouse.env'];
  return spawn(process.execPath, [...options, join(deployed, file), ...args], {
    cwd: parent,
    env: { PATH: process.env['PATH'], HOME: parent },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
};

/** The variables of the environment file in docs/deployment.md. */
const documentedVariables = (): Record<string, string> => {
  const page = readFileSync(join(root, 'docs/deployment.md'), 'utf8');
  const file = /^```ini\n# gatehouse\.env\n([^]*?)^```$/m.exec(page)?.[1] ?? '';
  return Object.fromEntries(Array.from(file.matchAll(/^(\w+)=(.*)$/gm), ([, name = '', value = '']) => [name, value]));
};

/** Writes gatehouse.env, and the file of encryption keys that it names. */
const writeEnvironmentFile = (variables: Readonly<Record<string, string>>): void => {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(parent, 'gatehouse.env'), lines.join(''));
  writeFileSync(join(parent, 'encryption-keys'), `2026:${randomBytes(32).toString('base64url')}\n`);
};

describe('the folder that a build writes', () => {
  it('installs no Prisma command line, no compiler, no React and no schema engine', () => {
    expect(packages).toContain('node_modules/@prisma/client');
    for (const name of ['prisma', 'typescript', 'react-dom', 'react', '@prisma/schema-engine-wasm', 'jest'])
      expect(packages).not.toContain(`node_modules/${name}`);
  });

  it('installs the packages that `npm ci --omit=dev` installs here', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: true; devOptional?: true }>;
    };
    const production = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true);
    expect(production.map(([path]) => path)).toEqual(packages);
  });

  it('installs no explorer and no validator of inputs, which only development and some applications need', () => {
    for (const name of ['@graphql-yoga/render-graphiql', 'class-validator', 'libphonenumber-js'])
      expect(packages).not.toContain(`node_modules/${name}`);
  });

  it('carries the notice of the list of leaked passwords, and its own licence', () => {
    expect(readFileSync(join(deployed, 'data', 'README.md'), 'utf8')).toContain('CC BY-SA');
    expect(readFileSync(join(deployed, 'LICENSE'), 'utf8')).toContain('MIT');
  });

  it(
    `serves a login when it was copied elsewhere, ${postgresUrl === undefined ? 'embedded' : 'in production over PostgreSQL'}`,
    async () => {
      const database = postgresUrl === undefined ? undefined : await createEmptyPostgres(postgresUrl);
      const port = await freePort();
      const { ENCRYPTION_KEYS_FILE = '', ...production } = documentedVariables();
      writeEnvironmentFile({
        PORT: port,
        DATA_DIR: join(parent, 'data'),
        ENCRYPTION_KEYS_FILE,
        ...(database && {
          ...production,
          DATABASE_URL: database.url,
          MAIL_URL: 'smtps://user:password@127.0.0.1:1',
        }),
      });
      const password = 'correct horse battery staple';
      const creation = ['user', 'create', '--email', 'ada@example.com', '--verified', '--password-stdin'];
      const command = spawnDeployed('cli.js', creation);
      command.stdin.end(password);
      command.stderr.pipe(process.stderr);
      expect(await once(command, 'close')).toEqual([0, null]);

      const server = spawnDeployed('main.js', []);
      const ended = once(server, 'close');
      server.stderr.pipe(process.stderr);
      let said = '';
      await Promise.race([
        ended,
        new Promise<void>((resolve) => {
          server.stdout.on('data', (chunk: Buffer) => {
            said += chunk.toString();
            if (said.includes('Server listening')) resolve();
          });
        }),
      ]);
      const query = `mutation { login(input: {email: "ada@example.com", password: "${password}"}) { __typename } }`;
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      expect(await response.json()).toEqual({ data: { login: { __typename: 'LoginSuccess' } } });
      server.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      await database?.drop();
    },
    TIMEOUT_MS,
  );
});

describe('.dockerignore', () => {
  /** The last pattern that matches a path, or a folder above it, decides. */
  const isIgnored = (path: string): boolean => {
    const lines = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    const patterns = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
    const matching = patterns.filter((pattern) => {
      const source = pattern
        .replace(/^!/, '')
        .replaceAll('.', '\\.')
        .replaceAll('**/', '(?:.+/)?')
        .replaceAll('*', '[^/]*');
      return new RegExp(`^${source}(?:/|$)`).test(path);
    });
    return matching.length > 0 && !matching.at(-1)?.startsWith('!');
  };

  it.each([
    'encryption-keys',
    'encryption-keys.2026',
    'secrets/encryption-keys',
    '.env',
    '.env.production',
    'deploy/.env',
    'gatehouse.env',
    'users.jsonl',
    'export/users.jsonl',
    'id.log',
    'tls/key.pem',
    'tls/server.key',
    '.npmrc',
    '.data/database/PG_VERSION',
    '.data/admin-password',
    'admin-password',
    'jwt-secrets',
    'node_modules/pg/package.json',
    '.git/config',
  ])('keeps %s out of an image', (path) => {
    expect(isIgnored(path)).toBe(true);
  });

  it.each([
    'package.json',
    'package-lock.json',
    'tsconfig.build.json',
    'LICENSE',
    'src/main.ts',
    'src/security/encryption-keys.ts',
    'scripts/build.ts',
    'prisma/migrations/20260101000000_init/migration.sql',
    'prisma/schema/gatehouse.prisma',
    'data/leaked-passwords.bin',
  ])('lets %s into the image that builds it', (path) => {
    expect(isIgnored(path)).toBe(false);
  });
});
