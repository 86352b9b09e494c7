import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openEmbeddedDatabase } from '../../../src/store/database/embedded.js';
import { StoreUnusable } from '../../../src/store/errors.js';

let parent: string;
let dataDir: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'gatehouse-embedded-'));
  chmodSync(parent, 0o755);
  dataDir = join(parent, 'data');
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

const holdDatabase = (version: string): void => {
  mkdirSync(join(dataDir, 'database'), { recursive: true });
  writeFileSync(join(dataDir, 'database', 'PG_VERSION'), `${version}\n`);
};

/** Root may write to any folder, so the test gives up its privileges. */
const asNobody = async (work: () => Promise<void>): Promise<void> => {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
};

describe('the embedded database', () => {
  it('is made after a first start that was killed, is private, and holds what was written', async () => {
    mkdirSync(join(dataDir, 'database.unfinished', 'base'), { recursive: true });
    writeFileSync(join(dataDir, 'database.unfinished', 'PG_VERSION'), '18');

    const first = await openEmbeddedDatabase(dataDir);
    expect(readFileSync(join(dataDir, 'database', 'PG_VERSION'), 'utf8').trim()).toBe('18');
    expect(statSync(join(dataDir, 'database')).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'database', 'PG_VERSION')).mode & 0o777).toBe(0o600);
    await first.pglite.exec("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('yes')");
    await expect(openEmbeddedDatabase(dataDir)).rejects.toThrow(`is in use by process ${process.pid}`);
    await first.close();
    expect(readdirSync(dataDir)).toEqual(['database']);

    const second = await openEmbeddedDatabase(dataDir);
    expect((await second.pglite.query('SELECT word FROM kept')).rows).toEqual([{ word: 'yes' }]);
    await second.close();
  });

  it('creates private folders and files whatever the umask is, and leaves the umask unchanged', async () => {
    const umask = process.umask(0);
    try {
      const { pglite, close } = await openEmbeddedDatabase(dataDir);
      await pglite.exec('CREATE TABLE kept (word text); INSERT INTO kept SELECT generate_series(1, 1000)');
      await pglite.exec('CREATE INDEX ON kept (word); CHECKPOINT');
      await pglite.exec('SELECT count(*) FROM pg_class');
      const entries = readdirSync(dataDir, { recursive: true, withFileTypes: true });
      const modesOf = (isWanted: (entry: (typeof entries)[number]) => boolean) =>
        new Set(entries.filter(isWanted).map(({ parentPath, name }) => statSync(join(parentPath, name)).mode & 0o777));
      expect(modesOf((entry) => entry.isDirectory())).toEqual(new Set([0o700]));
      expect(modesOf((entry) => entry.isFile())).toEqual(new Set([0o600]));
      expect(statSync(dataDir).mode & 0o777).toBe(0o700);
      await close();
    } finally {
      expect(process.umask(umask)).toBe(0);
    }
  });

  it('refuses a database of an older PostgreSQL', async () => {
    holdDatabase('17');
    await expect(openEmbeddedDatabase(dataDir)).rejects.toThrow(
      new StoreUnusable(
        `The database in ${dataDir} was written by PostgreSQL 17, but this version of Gatehouse reads 18. ` +
          'Dump it with the version that wrote it, and restore the dump into an empty DATA_DIR.',
      ),
    );
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  });

  it('refuses a database of a newer PostgreSQL', async () => {
    holdDatabase('19');
    await expect(openEmbeddedDatabase(dataDir)).rejects.toThrow(
      'which is newer than the 18 of this version of Gatehouse',
    );
  });

  it('refuses a folder of something else, and deletes nothing in it', async () => {
    mkdirSync(join(dataDir, 'database'), { recursive: true });
    writeFileSync(join(dataDir, 'database', 'letters.txt'), 'dear');
    await expect(openEmbeddedDatabase(dataDir)).rejects.toThrow('does not contain a database. Move it');
    expect(existsSync(join(dataDir, 'database', 'letters.txt'))).toBe(true);
  });

  it('refuses a DATA_DIR that is a file', async () => {
    writeFileSync(dataDir, '');
    await expect(openEmbeddedDatabase(dataDir)).rejects.toMatchObject({
      name: 'StoreUnusable',
      message: `DATA_DIR ${dataDir} is not a folder. Set another DATA_DIR.`,
    });
  });

  it('refuses a DATA_DIR that it may not write', async () => {
    mkdirSync(dataDir, { mode: 0o555 });
    await asNobody(() =>
      expect(openEmbeddedDatabase(dataDir)).rejects.toMatchObject({
        name: 'StoreUnusable',
        message: `DATA_DIR ${dataDir} cannot be written by this user. Change its owner, or set another DATA_DIR.`,
      }),
    );
  });
});
