import { open } from 'node:fs/promises';

import type { Command } from 'commander';

import type { Auth } from '../auth/auth.js';
import type { ImportCounts } from '../auth/users/bulk-import.js';
import { currentOperator, printLine, withAuth } from './command.js';
import { linesOf } from './lines.js';
import { createProgress } from './progress.js';

export const registerImportCommand = (user: Command): void => {
  user
    .command('import')
    .description(
      'Import users from another system, with their password hashes, from a file with one JSON object per line. Users that ' +
        'already exist stay unchanged, so an import can be repeated. docs/import.md describes the fields and the hashes.',
    )
    .argument('<file>', 'the file to read, or - for standard input')
    .option('--dry-run', 'report what would be imported, and write nothing', false)
    .addHelpText(
      'after',
      '\nExit code: 0 if every line was imported or its user already existed, 1 if any line was rejected.',
    )
    .action((file: string, { dryRun }: { dryRun: boolean }) =>
      withAuth(async (auth) => {
        const counts = await importUsers(auth, file, dryRun);
        printLine(formatImportCounts(counts, dryRun));
        if (counts.refused > 0) process.exitCode = 1;
      }),
    );
};

/** The longest accepted line. The data of any user is shorter. */
export const LINE_MAX_BYTES = 4096;

/**
 * Imports users from a file of JSON lines, or from standard input for `-`. Each refused line is reported on standard error
 * with its number, never with its content.
 *
 * @throws Error of the file system when the file cannot be opened
 */
const importUsers = async (auth: Auth, fileOrDash: string, dryRun: boolean): Promise<ImportCounts> => {
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
      actor: currentOperator(),
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

const formatImportCounts = ({ imported, present, refused }: ImportCounts, dryRun: boolean): string =>
  `${dryRun ? 'would import' : 'imported'} ${count(imported)}, already present ${count(present)}, rejected ${count(refused)}`;

const count = (number: number): string => number.toLocaleString('en');
