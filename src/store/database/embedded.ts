import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

import { storeErrorCode, StoreUnusable } from '../errors.js';
import { lockFolder } from './folder-lock.js';
import { PrivateNodeFS } from './private-node-fs.js';

export interface EmbeddedDatabase {
  readonly pglite: PGlite;
  /** Closes the database and releases its folder. */
  readonly close: () => Promise<void>;
}

/** PGlite's PostgreSQL version, which it writes to PG_VERSION. */
const postgresMajor = '18';

/**
 * Locks `dataDir/lock` and opens the database in `dataDir/database`, which is created when it does not exist. Folders have
 * mode 0700 and files 0600, so that other users of the machine cannot read them.
 *
 * @throws StoreUnusable when the folder is in use or not writable, or contains files that this PGlite cannot read
 */
export const openEmbeddedDatabase = async (dataDir: string): Promise<EmbeddedDatabase> => {
  const folder = resolve(dataDir);
  const unlock = await lockDataDir(folder);
  try {
    const pglite = await openPGlite(join(folder, 'database'), folder);
    return {
      pglite,
      close: async () => {
        try {
          if (!pglite.closed) await pglite.close();
        } finally {
          unlock();
        }
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
};

const lockDataDir = async (folder: string): Promise<() => void> => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return await lockFolder(join(folder, 'lock'), folder);
  } catch (error) {
    throw asUnusable(error, folder);
  }
};

/**
 * Creates the database when its folder is absent or empty, and opens it.
 *
 * A first start that is killed during initialization must not leave a folder that cannot be opened. Therefore the database
 * is initialized in another folder, which is renamed when it is complete. An existing folder is never deleted.
 */
const openPGlite = async (database: string, folder: string): Promise<PGlite> => {
  try {
    if (isAbsent(database)) {
      const unfinished = `${database}.unfinished`;
      rmSync(unfinished, { recursive: true, force: true });
      mkdirSync(unfinished, { mode: 0o700 });
      const initialized = await PGlite.create({ fs: new PrivateNodeFS(unfinished) });
      await initialized.close();
      renameSync(unfinished, database);
    }
  } catch (error) {
    throw asUnusable(error, folder);
  }
  checkVersion(database, folder);
  return PGlite.create({ fs: new PrivateNodeFS(database) });
};

const isAbsent = (database: string): boolean =>
  !statSync(database, { throwIfNoEntry: false }) || readdirSync(database).length === 0;

const checkVersion = (database: string, folder: string): void => {
  let version: string;
  try {
    version = readFileSync(join(database, 'PG_VERSION'), 'utf8').trim();
  } catch (error) {
    throw new StoreUnusable(
      `${database} does not contain a database. Move it to another place, or set another DATA_DIR.`,
      { cause: error },
    );
  }
  if (version === postgresMajor) return;
  throw new StoreUnusable(
    Number(version) < Number(postgresMajor)
      ? `The database in ${folder} was written by PostgreSQL ${version}, but this version of Gatehouse reads ${postgresMajor}. ` +
          'Dump it with the version that wrote it, and restore the dump into an empty DATA_DIR.'
      : `The database in ${folder} was written by PostgreSQL ${version}, which is newer than the ${postgresMajor} of this ` +
          'version of Gatehouse. Start the version that wrote it.',
  );
};

/** Translates an error of the file system into a message that tells the operator what to do. */
const asUnusable = (error: unknown, folder: string): unknown => {
  const code = storeErrorCode(error);
  if (code === '') return error;
  const advice: Readonly<Record<string, string>> = {
    EEXIST: 'is not a folder. Set another DATA_DIR.',
    ENOTDIR: 'is not a folder. Set another DATA_DIR.',
    EACCES: 'cannot be written by this user. Change its owner, or set another DATA_DIR.',
    EPERM: 'cannot be written by this user. Change its owner, or set another DATA_DIR.',
    EROFS: 'is on a read-only file system. Mount a volume there, set another DATA_DIR, or set DATABASE_URL.',
    ENOSPC: 'is on a full disk. Free some space, or set another DATA_DIR.',
  };
  const sentence = advice[code] ?? `cannot be used (${code}). Set another DATA_DIR.`;
  return new StoreUnusable(`DATA_DIR ${folder} ${sentence}`, { cause: error });
};
