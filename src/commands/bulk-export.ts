import { open, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Command } from 'commander';

import type { Auth } from '../auth/auth.js';
import type { ExportPage } from '../auth/users/bulk-export.js';
import { escapeControlsInLines } from '../values/escape-controls.js';
import { CommandError, currentOperator, printLine, textOrAbsent, withAuth } from './command.js';

export const registerExportCommand = (user: Command): void => {
  user
    .command('export')
    .description('Write every user as one JSON object per line, in the format that `user import` reads.')
    .option('--out <file>', 'a new file, which only you can read (default: standard output)')
    .option(
      '--with-password-hashes',
      'INCLUDE THE PASSWORD HASHES. Anyone who obtains the file can guess passwords from it, without limits and unnoticed. ' +
        'Use this only to move to another database, and delete the file afterwards.',
      false,
    )
    .action(({ out: file, withPasswordHashes }: { out?: string; withPasswordHashes: boolean }) =>
      withAuth(async (auth) => {
        const out = textOrAbsent(file);
        const count = await exportUsers(auth, { out, withPasswordHashes });
        if (out !== undefined) printLine(`Exported ${count.toLocaleString('en')} users to ${out}.`);
      }),
    );
};

interface ExportOptions {
  /** A new file, which only its owner may read; undefined for standard output. */
  readonly out: string | undefined;
  readonly withPasswordHashes: boolean;
}

/**
 * Exports users as JSON lines, and returns their number.
 *
 * An existing file is not overwritten, because the users who could read it before could read the export too. An incomplete
 * file is removed, because it looks like a complete export.
 *
 * @throws CommandError when the file exists
 */
const exportUsers = async (auth: Auth, { out, withPasswordHashes }: ExportOptions): Promise<number> => {
  let count = 0;
  const pages = async function* () {
    await auth.bulkExport.begin(currentOperator(), withPasswordHashes);
    for (let after: string | null = null, isLast = false; !isLast;) {
      const page: ExportPage = await auth.bulkExport.page(after, withPasswordHashes);
      count += page.lines.length;
      // JSON stays the same JSON.
      if (page.lines.length > 0) yield escapeControlsInLines(`${page.lines.join('\n')}\n`);
      after = page.next;
      isLast = after === null;
    }
  };
  if (out === undefined) await pipeline(pages, process.stdout, { end: false });
  else await pipeline(pages, await createFile(out)).catch(removeFile(out));
  return count;
};

const createFile = async (path: string): Promise<Writable> => {
  try {
    return (await open(path, 'wx', 0o600)).createWriteStream();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new CommandError(`${path} already exists and is not overwritten. Choose another file name.`);
  }
};

const removeFile = (path: string) => async (error: unknown) => {
  await rm(path, { force: true });
  throw error;
};
