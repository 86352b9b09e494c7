import type { Command } from 'commander';

import type { CompletedReseal, EncryptionKeys, EncryptionKeyState } from '../auth/keys/encryption-keys.js';
import { describeRows } from '../auth/keys/sealed-rows.js';
import { loadConfig } from '../config/config.js';
import { currentOperator, printLine } from './command.js';

export const registerKeyCommands = (program: Command): void => {
  const keys = program.command('keys').description('Manage the encryption keys.');

  keys
    .command('list')
    .description(
      'List the keys of ENCRYPTION_KEYS in order, with the number of stored rows that each one seals, and every key that ' +
        'stored rows need but ENCRYPTION_KEYS lacks. Also works if the server does not start because a key is missing.',
    )
    .option('--json', 'print one JSON object per line', false)
    .action(({ json }: { json: boolean }) =>
      withEncryptionKeys(async (encryptionKeys) => {
        const list = await encryptionKeys.list();
        for (const key of list) printLine(json ? JSON.stringify(key) : formatKey(key));
        if (!json) adviceFor(list).forEach(printLine);
      }),
    );

  keys
    .command('reseal')
    .description(
      'Reseal every stored row under the first key of ENCRYPTION_KEYS, so that the other keys can be removed. Run it with the ' +
        'ENCRYPTION_KEYS of the instances, once all of them run with the new order; they can keep running. No session or email is lost. ' +
        'It can be repeated, and it completes an interrupted run. docs/keys.md describes the whole rotation.',
    )
    .addHelpText(
      'after',
      '\nExit code: 0 if every row is sealed under the first key, 1 if a row cannot be opened or an instance still seals under ' +
        'another key.',
    )
    .action(() =>
      withEncryptionKeys(async (encryptionKeys) => {
        const { lines, complete } = describeReseal(await encryptionKeys.reseal(currentOperator()));
        lines.forEach(printLine);
        if (!complete) process.exitCode = 1;
      }),
    );
};

const withEncryptionKeys = async (command: (encryptionKeys: EncryptionKeys) => Promise<void>): Promise<void> => {
  const config = loadConfig();
  const { openEncryptionKeys } = await import('../server/encryption-keys.js');
  const encryptionKeys = await openEncryptionKeys(config);
  try {
    await command(encryptionKeys);
  } finally {
    await encryptionKeys.close();
  }
};

/** One line: position, id, use, rows. */
const formatKey = ({ id, use, position, rows }: EncryptionKeyState): string => {
  const needs = describeRows(rows);
  return `${String(position ?? '-').padStart(2)}  ${(id ?? '-').padEnd(20)}  ${use.padEnd(10)}  ${needs === '' ? 'no rows' : needs}`;
};

/** The next steps of a rotation. */
const adviceFor = (keys: readonly EncryptionKeyState[]): string[] => {
  const needs = (use: EncryptionKeyState['use']) =>
    keys.some((key) => key.use === use && Object.keys(key.rows).length > 0);
  return [
    ...(needs('MISSING')
      ? [
          'A key that stored rows need is MISSING, so the server does not start. Add it to the end of ENCRYPTION_KEYS again.',
        ]
      : []),
    ...(needs('OPENS')
      ? ['When every instance runs with this order, run `keys reseal` to move all rows to the first key.']
      : []),
  ];
};

/** Describes the result of a reseal in sentences, and tells whether every row is now sealed under the first key. */
export const describeReseal = ({
  key: first,
  resealed,
  unopened,
  newestEntryAt,
  late,
}: CompletedReseal): { lines: readonly string[]; complete: boolean } => {
  const counts = describeRows(resealed);
  const lines = unopened.map(({ kind, id, reason }) => `Not resealed: ${kind} ${id}. ${reason}`);
  lines.push(counts === '' ? `Nothing was resealed under key ${first}.` : `Resealed under key ${first}: ${counts}.`);
  if (newestEntryAt) {
    lines.push(
      `The newest mail queue entry under another key was added at ${newestEntryAt.toISOString()}. If every instance was already ` +
        `running with key ${first} first at that time, one of them still has another order.`,
    );
  }
  if (late > 0) {
    lines.push(
      `${late} of the rows ${late === 1 ? 'was' : 'were'} sealed under another key while this command ran, so an instance still runs ` +
        `with another key first. Start every instance with key ${first} first, then run this command again.`,
    );
  }
  return { lines, complete: unopened.length === 0 && late === 0 };
};
