import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { createEmptyPostgres } from '../test/support/database.js';
import type { Bench, Benchmark } from './bench.js';

const USERS = 10_000;
const RUNS = 3;
const RATIO_MAX = 1.5;

const MODELS = `model Workspace {
  id      String @id @default(uuid(7)) @db.Uuid
  name    String
  ownerId String @map("owner_id") @db.Uuid

  owner User @relation(fields: [ownerId], references: [id], onDelete: Cascade)

  @@index([ownerId])
  @@map("workspace")
}
`;

const HOOKS = `import type { Hooks } from '../extend.js';

export const hooks: Hooks = {
  usersCreated: (tx, users) => tx.workspace.createMany({ data: users.map(({ id }) => ({ name: 'Default', ownerId: id })) }),
};
`;

function* users() {
  for (let index = 0; index < USERS; index += 1)
    yield `${JSON.stringify({ email: `user-${index}@example.com`, emailVerified: true, name: `User ${index}` })}\n`;
}

/** Copies the files of this repository into a folder, as a clone has them, with a model of an application. */
const createClone = async (bench: Bench): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  bench.onEnd(() => rm(folder, { recursive: true, force: true }));
  const files = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(file, join(folder, file));
  }
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'prisma/schema/app.prisma'), MODELS);
  execFileSync('npm', ['run', '-s', 'generate'], { cwd: folder, stdio: 'inherit' });
  execFileSync('npm', ['run', '-s', 'migration', '--', 'workspace'], { cwd: folder, stdio: 'inherit' });
  return folder;
};

const work = async (bench: Bench): Promise<void> => {
  const clone = await createClone(bench);
  const file = join(clone, 'users.jsonl');
  await pipeline(users, createWriteStream(file));
  const hooksFile = join(clone, 'src/app/hooks.ts');
  const withoutHooks = `import type { Hooks } from '../extend.js';\n\nexport const hooks: Hooks = {};\n`;

  /** Returns the seconds of the whole command, on a database of its own that is migrated already. */
  const importUsers = async (hooks: string): Promise<number> => {
    await writeFile(hooksFile, hooks);
    const { url, drop } = await createEmptyPostgres(bench.postgresUrl);
    const env = {
      ...process.env,
      NODE_ENV: 'test',
      DATABASE_URL: url,
      DATA_DIR: join(clone, '.data'),
      ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64url')}`,
    };
    const run = (...args: string[]) =>
      execFileSync('npm', ['run', '-s', 'cli', '--', ...args], {
        cwd: clone,
        env,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    run('migrate');
    const startedAt = performance.now();
    run('user', 'import', file);
    const seconds = (performance.now() - startedAt) / 1000;
    await drop();
    return seconds;
  };

  // The faster of several runs is the one that other processes have disturbed least.
  const fastest = { without: Infinity, with: Infinity };
  for (let run = 0; run < RUNS; run += 1) {
    fastest.without = Math.min(fastest.without, await importUsers(withoutHooks));
    fastest.with = Math.min(fastest.with, await importUsers(HOOKS));
  }
  const ratio = fastest.with / fastest.without;
  console.log(
    `${USERS} users: ${fastest.without.toFixed(2)} s without a hook, ${fastest.with.toFixed(2)} s with usersCreated, ratio ${ratio.toFixed(2)}`,
  );
  bench.check(`with usersCreated less than ${RATIO_MAX} times as long`, ratio < RATIO_MAX);
};

/** `npm run bench -- import-hooks` */
export const importWithHooks: Benchmark = { minutes: 10, flags: [], work };
