import { HookFailed, OperatorError } from '../../errors.js';
import type { Store } from '../../store/store.js';
import type { ImportedUser } from '../../store/tables/bulk-users.js';
import type { Operator } from '../administrators/administrator.js';
import type { Change } from '../unit-of-work.js';
import { createAddressSet } from './address-set.js';
import { parseBulkUser } from './bulk-user.js';

/** A line of a file, numbered from 1. The bytes of a line that is too long are absent. */
export interface ImportLine {
  readonly number: number;
  readonly bytes?: Uint8Array;
}

/** Counts of lines by their result: imported as a new user, skipped because the account exists, or refused. */
export interface ImportCounts {
  readonly imported: number;
  readonly present: number;
  readonly refused: number;
}

export interface ImportOptions {
  /** Reports what would happen and writes nothing. */
  readonly dryRun: boolean;
  readonly actor: Operator;
  /** Called for each refused line, with a reason that repeats none of the line's values. */
  readonly onRefused: (line: number, reason: string) => void;
  /** Called after each batch with the counts so far. */
  readonly onProgress?: (counts: ImportCounts) => void;
}

interface ParsedLine {
  readonly number: number;
  readonly user: ImportedUser;
}

const BATCH_SIZE = 1000;

/** A hook of the application failed for a batch. No user of the batch was imported, and those of earlier batches stay. */
class ImportStopped extends OperatorError {
  override readonly name = 'ImportStopped';

  constructor(batch: readonly ParsedLine[], cause: HookFailed) {
    const [first, last] = [batch[0]?.number ?? 0, batch.at(-1)?.number ?? 0];
    super(
      `The import stopped: no user of the lines ${first} to ${last} was imported, because the hook ${cause.hook} of src/app/hooks.ts failed. Correct the hook and repeat the import, which skips the users that exist.`,
      { cause },
    );
  }
}

/**
 * Imports users from another system, with one transaction and one event per batch. An existing account is never
 * changed, so an interrupted import is repeated from the start. Memory use is bounded, however long the file is.
 *
 * A hook of the application that fails for a batch ends the import: it would fail for the next batch too.
 *
 * Password hashes are stored as they are. Nothing is hashed here: each hash is replaced at its user's first login.
 */
export const createBulkImport =
  ({
    change,
    store,
    clock,
  }: {
    readonly change: Change;
    readonly store: Pick<Store, 'bulkUsers'>;
    readonly clock: () => Date;
  }) =>
  async (lines: AsyncIterable<ImportLine>, options: ImportOptions): Promise<ImportCounts> => {
    const { dryRun, actor, onRefused, onProgress } = options;
    const counts = { imported: 0, present: 0, refused: 0 };
    const seen = createAddressSet();
    let batch: ParsedLine[] = [];

    const refuse = (line: number, reason: string) => {
      counts.refused += 1;
      onRefused(line, reason);
    };

    const add = (users: readonly ImportedUser[]): Promise<string[]> =>
      change(actor, (tx) => tx.bulkUsers.add(users, { type: 'USERS_IMPORTED' }));

    const addBatch = (): Promise<string[]> =>
      add(batch.map(({ user }) => user)).catch((error: unknown) => {
        throw error instanceof HookFailed ? new ImportStopped(batch, error) : error;
      });

    const finishBatch = async () => {
      const added = new Set(dryRun || batch.length === 0 ? [] : await addBatch());
      const notAdded = batch.filter(({ user }) => !added.has(user.emailCanonical));
      counts.imported += added.size;
      batch = [];
      if (notAdded.length > 0) await countNotAdded(notAdded);
      onProgress?.(counts);
    };

    /** Counts the lines that added no user, which in a dry run are all lines. */
    const countNotAdded = async (notAdded: readonly ParsedLine[]) => {
      const addresses = notAdded.map(({ user }) => user.emailCanonical);
      const taken = await store.bulkUsers.findTaken(
        addresses,
        notAdded.map(({ user }) => user.id),
      );
      const takenAddresses = new Set(taken.map(({ emailCanonical }) => emailCanonical));
      const takenIds = new Set(taken.map(({ id }) => id));
      for (const { number, user } of notAdded) {
        if (takenAddresses.has(user.emailCanonical)) counts.present += 1;
        else if (takenIds.has(user.id)) refuse(number, 'id belongs to another user');
        else if (dryRun) counts.imported += 1;
        else refuse(number, 'the user with this email address was removed during the import');
        takenIds.add(user.id);
      }
    };

    for await (const { number, bytes } of lines) {
      const user = bytes ? parseBulkUser(bytes, clock()) : { refused: 'too long' };
      if ('refused' in user) refuse(number, user.refused);
      else if (seen.add(user.emailCanonical)) refuse(number, 'an earlier line has the same email address');
      else batch.push({ number, user });
      if (batch.length === BATCH_SIZE) await finishBatch();
    }
    await finishBatch();
    return counts;
  };
