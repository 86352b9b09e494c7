import type { Command } from 'commander';

import type { Auth } from '../auth/auth.js';
import type { QueuedEntry } from '../auth/mail/queued-mail.js';
import { isUuid } from '../values/uuid.js';
import { CommandError, currentOperator, printLine, withAuth } from './command.js';

export const registerOutboxCommands = (program: Command): void => {
  const outbox = program
    .command('outbox')
    .description(
      'Manage the mail queue: emails that have not been delivered, and jobs and hooks of the application that have not run.',
    );

  outbox
    .command('list')
    .description('List waiting entries and dead letters, the oldest first, without their recipients.')
    .option('--json', 'print one JSON object per line', false)
    .action(({ json }: { json: boolean }) =>
      withAuth(async (auth) => {
        let isEmpty = true;
        for await (const entry of listQueuedEntries(auth)) {
          printLine(json ? JSON.stringify(entry) : formatQueuedEntry(entry));
          isEmpty = false;
        }
        if (isEmpty && !json) printLine('The mail queue is empty.');
      }),
    );

  outbox
    .command('retry')
    .description('Make failed entries due at once, with the full number of attempts. The server processes them.')
    .argument('[id]', 'the id of one entry, as `outbox list` shows it')
    .option('--all', 'retry every failed entry', false)
    .action((id: string | undefined, { all }: { all: boolean }) =>
      withAuth(async (auth) => {
        printLine(await retryQueuedEntries(auth, id, all));
      }),
    );
};

const PAGE = 100;

/** Yields every queued entry, oldest first. */
export async function* listQueuedEntries({ queuedMail }: Pick<Auth, 'queuedMail'>): AsyncGenerator<QueuedEntry> {
  let after: string | null = null;
  for (;;) {
    const page: QueuedEntry[] = await queuedMail.list(PAGE, after);
    yield* page;
    after = page.at(-1)?.id ?? null;
    if (page.length < PAGE) return;
  }
}

/** Formats an entry as one line: id, kind, time of creation, attempts, last failure, next attempt. */
export const formatQueuedEntry = (entry: QueuedEntry): string => {
  const { id, topic, template, attempts, lastFailure, createdAt, deliverAfter, deadAt } = entry;
  const next = deadAt ? `dead since ${deadAt.toISOString()}` : `due ${deliverAfter?.toISOString() ?? ''}`;
  const kind = (template ?? topic).padEnd(22);
  return `${id}  ${kind}  ${createdAt.toISOString()}  ${String(attempts).padStart(2)}  ${(lastFailure ?? '-').padEnd(14)}  ${next}`;
};

/**
 * Makes one failed entry due again, or all of them, and returns a sentence about the result.
 *
 * @throws CommandError when the arguments are ambiguous, or no failed entry has the id
 */
export const retryQueuedEntries = async (
  { queuedMail }: Pick<Auth, 'queuedMail'>,
  id: string | undefined,
  all: boolean,
): Promise<string> => {
  if ((id === undefined) !== all) throw new CommandError('Specify either the id of an entry or --all.');
  if (id !== undefined && !isUuid(id))
    throw new CommandError('This is not the id of an entry. `outbox list` shows the ids.');
  const count = await queuedMail.retry(id ?? null, currentOperator());
  if (id !== undefined && count === 0)
    throw new CommandError('No entry with this id has failed. `outbox list` shows what is in the queue.');
  return count === 0 ? 'No entry has failed.' : `${count} ${count === 1 ? 'entry' : 'entries'} will be retried.`;
};
