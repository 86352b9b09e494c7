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

import { OperatorError } from '../errors.js';
import { generateSecret } from './secret.js';

/** The files in DATA_DIR that hold generated values of these variables. */
const fileOf = { ENCRYPTION_KEYS: 'encryption-keys', JWT_SECRETS: 'jwt-secrets' } as const;

export type GeneratedVariable = keyof typeof fileOf;

/** DATA_DIR cannot be used. The message completes "DATA_DIR: ...". */
export class UnusableDataDir extends OperatorError {
  override readonly name = 'UnusableDataDir';
}

export interface DevelopmentSecret {
  /** In the notation of the variable. */
  readonly text: string;
  readonly file: string;
  /** Whether this call generated it. */
  readonly isNew: boolean;
}

/**
 * Creates the folder, accessible to its owner only.
 *
 * It will contain password hashes and keys. An existing folder that others can access is therefore closed to them if that
 * does no harm: if it is empty or already contains our secrets. Any other folder, such as `/tmp` or a home, is refused.
 *
 * @throws UnusableDataDir
 */
export const prepareDataDir = (folder: string): void => {
  try {
    makeFolder(folder);
    const { mode, uid } = statSync(folder);
    // Windows has no permission bits.
    const isOpenToOthers = process.getuid !== undefined && (mode & 0o077) !== 0;
    if (!isOpenToOthers) return;
    const entries = readdirSync(folder);
    // Another user who could write here may have placed a key of their own for this server to use.
    const wasWritable = (mode & 0o022) !== 0;
    const holdsSecrets = Object.values(fileOf).some((file) => entries.includes(file));
    const isOurs = entries.length === 0 || (holdsSecrets && !wasWritable);
    if (!isOurs || uid !== process.getuid?.()) {
      throw new UnusableDataDir(
        'is accessible to other users of this machine. Choose a folder of your own, or run chmod 700 on it.',
      );
    }
    chmodSync(folder, 0o700);
  } catch (error) {
    throw unusable(error);
  }
};

/**
 * Reads the secret of a variable that is not set, and generates it on the first call. The folder must be prepared.
 *
 * Two processes that start at once must use the same key, or each could not open what the other seals. So the complete
 * secret is written under a unique name and then linked to its final name; only one process succeeds, and both read the result.
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

/** Does not use `recursive: true`: where no folder can be created, such as below /proc, Node would never return. */
const makeFolder = (folder: string): void => {
  if (exists(folder)) {
    if (!statSync(folder).isDirectory()) throw new UnusableDataDir('is a file. Choose a folder.');
    return;
  }
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
};

/** Creates a file with its complete content. Returns false when the file exists. */
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
    return new UnusableDataDir('is a file, or is below one. Choose a folder.');
  if (code === undefined) throw error;
  return new UnusableDataDir(`cannot be created or written (${code}). Choose a folder in which this user can write.`);
};

const codeOf = (error: unknown): string | undefined => {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded && typeof error.code === 'string' ? error.code : undefined;
};
