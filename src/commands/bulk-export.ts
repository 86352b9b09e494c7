import { open, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Auth } from '../auth/auth.js';
import type { ExportPage } from '../auth/users/bulk-export.js';
import { CommandError, operator } from './users.js';

export interface ExportOptions {
  /** A file that is made, and that its owner alone may read; standard output without it. */
  readonly out: string | undefined;
  readonly withPasswordHashes: boolean;
}

/**
 * Exports users as the JSON lines that an import reads, and counts them.
 *
 * A file that exists is not written to: it would keep the rights of those who could read it before. One that could not be
 * finished is removed, since half an export looks like a whole one.
 *
 * @throws CommandError when the file exists
 */
export const exportUsers = async (auth: Auth, { out, withPasswordHashes }: ExportOptions): Promise<number> => {
  let count = 0;
  const pages = async function* () {
    await auth.bulkExport.begin(operator(), withPasswordHashes);
    for (let after: string | null = null, isLast = false; !isLast;) {
      const page: ExportPage = await auth.bulkExport.page(after, withPasswordHashes);
      count += page.lines.length;
      if (page.lines.length > 0) yield `${page.lines.join('\n')}\n`;
      after = page.next;
      isLast = after === null;
    }
  };
  if (out === undefined) await pipeline(pages, process.stdout, { end: false });
  else await pipeline(pages, await newFile(out)).catch(removing(out));
  return count;
};

const newFile = async (path: string): Promise<Writable> => {
  try {
    return (await open(path, 'wx', 0o600)).createWriteStream();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new CommandError(`${path} exists already. Name a file that does not.`);
  }
};

const removing = (path: string) => async (error: unknown) => {
  await rm(path, { force: true });
  throw error;
};
