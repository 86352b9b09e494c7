import { chmodSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

import { storeErrorCode, StoreUnusable } from '../errors.js';
import { lockFolder } from './folder-lock.js';

/** The embedded database, and how to let go of it and its folder. */
export interface Embedded {
  readonly pglite: PGlite;
  readonly close: () => Promise<void>;
}

/** The major version of the PostgreSQL that PGlite is, which stands in the PG_VERSION of what it writes. */
const postgresMajor = '18';

/**
 * Opens the database in `dataDir/database`, made when there is none, behind the lock `dataDir/lock`. Folders are 0700 and
 * files 0600: other users of the machine read nothing.
 *
 * @throws StoreUnusable when the folder is in use, cannot be written, or holds what this PGlite cannot read
 */
export const openEmbedded = async (dataDir: string): Promise<Embedded> => {
  const folder = resolve(dataDir);
  const unlock = await lock(folder);
  try {
    const pglite = await open(join(folder, 'database'), folder);
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

const lock = async (folder: string): Promise<() => void> => {
  try {
    // For the files that PGlite makes later; what it makes at first it leaves open to everybody, whatever is set here.
    process.umask(0o077);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return await lockFolder(join(folder, 'lock'), folder);
  } catch (error) {
    throw asUnusable(error, folder);
  }
};

/**
 * A first start that is killed half way must not leave a folder that never opens again. So a database is initialised
 * beside its place and moved there when it is whole; what lies in its place is never deleted.
 */
const open = async (database: string, folder: string): Promise<PGlite> => {
  try {
    if (isAbsent(database)) {
      const unfinished = `${database}.unfinished`;
      rmSync(unfinished, { recursive: true, force: true });
      mkdirSync(unfinished, { mode: 0o700 });
      const initialised = await PGlite.create(unfinished);
      await initialised.close();
      makePrivate(unfinished);
      renameSync(unfinished, database);
    }
  } catch (error) {
    throw asUnusable(error, folder);
  }
  checkVersion(database, folder);
  return PGlite.create(database);
};

const makePrivate = (folder: string): void => {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o600);
  }
};

const isAbsent = (database: string): boolean =>
  !statSync(database, { throwIfNoEntry: false }) || readdirSync(database).length === 0;

const checkVersion = (database: string, folder: string): void => {
  let version: string;
  try {
    version = readFileSync(join(database, 'PG_VERSION'), 'utf8').trim();
  } catch (error) {
    throw new StoreUnusable(`${database} is no database: move it away, or choose another DATA_DIR.`, { cause: error });
  }
  if (version === postgresMajor) return;
  throw new StoreUnusable(
    Number(version) < Number(postgresMajor)
      ? `The database in ${folder} was written by PostgreSQL ${version}, and this version of Gatehouse reads ${postgresMajor}: ` +
          'dump it with the version that wrote it, and restore the dump into an empty DATA_DIR.'
      : `The database in ${folder} was written by PostgreSQL ${version}, which is newer than the ${postgresMajor} of this ` +
          'version of Gatehouse: start the version that wrote it.',
  );
};

/** What the file system says, as a sentence with something to do in it. */
const asUnusable = (error: unknown, folder: string): unknown => {
  const code = storeErrorCode(error);
  if (code === '') return error;
  const advice: Readonly<Record<string, string>> = {
    EEXIST: 'is not a folder: choose another DATA_DIR.',
    ENOTDIR: 'is not a folder: choose another DATA_DIR.',
    EACCES: 'may not be written by this user: give it the folder, or choose another DATA_DIR.',
    EPERM: 'may not be written by this user: give it the folder, or choose another DATA_DIR.',
    EROFS: 'lies on a read-only file system: mount a volume there, choose another DATA_DIR, or set DATABASE_URL.',
    ENOSPC: 'lies on a full disk: make room, or choose another DATA_DIR.',
  };
  const sentence = advice[code] ?? `cannot be used (${code}): choose another DATA_DIR.`;
  return new StoreUnusable(`DATA_DIR ${folder} ${sentence}`, { cause: error });
};
