import { open } from 'node:fs/promises';

import type { Auth } from '../auth/auth.js';
import type { ImportCounts } from '../auth/users/bulk-import.js';
import { linesOf } from './lines.js';
import { createProgress } from './progress.js';
import { operator } from './users.js';

/** More than a user takes. */
export const LINE_MAX_BYTES = 4096;

/**
 * Imports users from a file of JSON lines, or from standard input for `-`. Each line that is refused is told on standard
 * error as it is met, with its number and never with what it holds.
 *
 * @throws Error of the file system when there is no such file
 */
export const importUsers = async (auth: Auth, fileOrDash: string, dryRun: boolean): Promise<ImportCounts> => {
  const file = fileOrDash === '-' ? undefined : await open(fileOrDash);
  const size = (await file?.stat())?.size;
  const source = file?.createReadStream() ?? process.stdin;
  const progress = createProgress(process.stderr);
  let bytes = 0;
  const counted = async function* () {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  try {
    return await auth.bulkImport(linesOf(counted(), LINE_MAX_BYTES), {
      dryRun,
      actor: operator(),
      onRefused: (line, reason) => {
        progress.say(`line ${line}: ${reason}`);
      },
      onProgress: (counts) => {
        progress.show(size === undefined ? undefined : bytes / Math.max(size, 1), formatImportCounts(counts, dryRun));
      },
    });
  } finally {
    progress.end();
  }
};

/** What an import did, or would do, in one line. */
export const formatImportCounts = ({ imported, present, refused }: ImportCounts, dryRun: boolean): string =>
  `${dryRun ? 'would import' : 'imported'} ${count(imported)}, there already ${count(present)}, refused ${count(refused)}`;

const count = (number: number): string => number.toLocaleString('en');
