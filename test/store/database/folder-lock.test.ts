import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { StoreUnusable } from '../../../src/store/errors.js';
import { lockFolder } from '../../../src/store/database/folder-lock.js';

let folder: string;
let file: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-lock-'));
  file = join(folder, 'lock');
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Starts another process that takes the lock, and answers what it says. */
const startHolder = async (): Promise<{ child: ChildProcess; says: string }> => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const script = join(root, 'test/store/database/hold-lock.ts');
  const child = spawn(process.execPath, ['--import', './scripts/typescript.mjs', script, file, folder], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [says] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, says: says.toString().trim() };
};

const kill = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL');
  await once(child, 'exit');
};

const rewrite = (change: object): void => {
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...change }));
};

describe('the lock of a folder', () => {
  it('refuses a folder that another process has locked, and reports its pid', async () => {
    const { child, says } = await startHolder();
    expect(says).toBe('held');
    await expect(lockFolder(file, folder)).rejects.toThrow(
      new StoreUnusable(
        `${folder} is in use by process ${String(child.pid)}. Stop that process first, or set another DATA_DIR or a DATABASE_URL.`,
      ),
    );
  });

  it('is readable by its owner only, and gone when it is given back', async () => {
    const unlock = await lockFolder(file, folder);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    unlock();
    expect(existsSync(file)).toBe(false);
  });

  it('is taken over from a process that was killed', async () => {
    const { child } = await startHolder();
    await kill(child);
    const unlock = await lockFolder(file, folder);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid });
    unlock();
  });

  it('is taken over when its pid has come back as another process', async () => {
    const { child } = await startHolder();
    await kill(child);
    rewrite({ pid: process.pid });
    (await lockFolder(file, folder))();
  });

  it('goes to one of many that find it abandoned at the same moment', async () => {
    const { child } = await startHolder();
    await kill(child);
    const contenders = await Promise.all([startHolder(), startHolder(), startHolder(), startHolder()]);
    expect(contenders.filter(({ says }) => says === 'held')).toHaveLength(1);
  });

  it('refuses a holder of another container as long as its heart beats', async () => {
    await startHolder();
    rewrite({ processes: 'of another container', pid: 1 });
    await expect(lockFolder(file, folder)).rejects.toThrow('is in use by process 1');
  });

  it('is taken over from another container whose heartbeat has stopped', async () => {
    const { child } = await startHolder();
    await kill(child);
    rewrite({ processes: 'of another container', pid: 1 });
    (await lockFolder(file, folder))();
  });

  it('is taken over when it was never written to its end', async () => {
    writeFileSync(file, '{"tok');
    (await lockFolder(file, folder))();
  });
});
