import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { generateSecret } from './secret.js';

/** Files of DATA_DIR, each with the text that the variable of its name would hold. */
const fileOf = { ENCRYPTION_KEYS: 'encryption-keys', JWT_SECRETS: 'jwt-secrets' } as const;

export type GeneratedVariable = keyof typeof fileOf;

/** Why DATA_DIR cannot be used: completes "DATA_DIR: ...". */
export class UnusableDataDir extends Error {
  override readonly name = 'UnusableDataDir';
}

/** A secret from DATA_DIR, in the notation of its variable. */
export interface DevelopmentSecret {
  readonly text: string;
  readonly file: string;
  /** Whether this call made it. */
  readonly isNew: boolean;
}

/**
 * Makes the folder, for its owner alone.
 *
 * It holds password hashes and keys, so a folder that was there before is closed to others when that harms nobody: when it is
 * empty or holds our secrets already. Anything else, such as `/tmp` or a home, is not ours to change and is refused.
 *
 * @throws UnusableDataDir
 */
export const prepareDataDir = (folder: string): void => {
  try {
    makeFolder(folder);
    const { mode, uid } = statSync(folder);
    // Windows has no such bits.
    const isOpenToOthers = process.getuid !== undefined && (mode & 0o077) !== 0;
    if (!isOpenToOthers) return;
    const entries = readdirSync(folder);
    // Whoever could write here may have left a key of his own for us to use.
    const wasWritable = (mode & 0o022) !== 0;
    const holdsSecrets = Object.values(fileOf).some((file) => entries.includes(file));
    const isOurs = entries.length === 0 || (holdsSecrets && !wasWritable);
    if (!isOurs || uid !== process.getuid?.()) {
      throw new UnusableDataDir('is a folder that others can read. Name one of your own, or close it with chmod 700.');
    }
    chmodSync(folder, 0o700);
  } catch (error) {
    throw unusable(error);
  }
};

/**
 * The secret of a variable that is not set, made on the first call. Needs a prepared folder.
 *
 * Two processes that start at once must end with one key, or each seals what the other cannot open. So the secret is written
 * whole under a name of its own and then linked to the final one, which only one of them can do; both read what is there.
 *
 * @throws UnusableDataDir
 */
export const developmentSecret = (folder: string, variable: GeneratedVariable): DevelopmentSecret => {
  const file = join(folder, fileOf[variable]);
  try {
    const isNew = !exists(file) && create(file, `development:${generateSecret()}\n`);
    return { text: readFileSync(file, 'utf8').trim(), file, isNew };
  } catch (error) {
    throw unusable(error);
  }
};

/** Not `recursive: true`: where no folder can be made, such as below /proc, Node tries for ever. */
const makeFolder = (folder: string): void => {
  if (exists(folder)) {
    if (!statSync(folder).isDirectory()) throw new UnusableDataDir('is a file. Name a folder.');
    return;
  }
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
};

const create = (file: string, text: string): boolean => {
  const draft = `${file}.${randomUUID()}`;
  try {
    const descriptor = openSync(draft, 'wx', 0o600);
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
};

const exists = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false }) !== undefined;

const unusable = (error: unknown): UnusableDataDir => {
  if (error instanceof UnusableDataDir) return error;
  const code = codeOf(error);
  if (code === 'EEXIST' || code === 'ENOTDIR')
    return new UnusableDataDir('is a file, or lies below one. Name a folder.');
  if (code === undefined) throw error;
  return new UnusableDataDir(`cannot be written (${code}). Name a folder that this user can make and write.`);
};

const codeOf = (error: unknown): string | undefined => {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded && typeof error.code === 'string' ? error.code : undefined;
};
