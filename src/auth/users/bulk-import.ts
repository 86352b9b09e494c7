import type { Store } from '../../store/store.js';
import type { ImportedUser } from '../../store/tables/bulk-users.js';
import type { Operator } from '../administrators/administrator.js';
import type { Change } from '../unit-of-work.js';
import { createAddressSet } from './address-set.js';
import { parseBulkUser } from './bulk-user.js';

/** A line of a file, counted from 1. Its bytes are missing when they are too many. */
export interface ImportLine {
  readonly number: number;
  readonly bytes?: Uint8Array;
}

/** How many lines became users, named one that was there already, or were refused. */
export interface ImportCounts {
  readonly imported: number;
  readonly present: number;
  readonly refused: number;
}

export interface ImportOptions {
  /** Says what would happen, and writes nothing. */
  readonly dryRun: boolean;
  readonly actor: Operator;
  /** Told of each line that was refused, and why, in words that repeat none of its values. */
  readonly onRefused: (line: number, reason: string) => void;
  /** Told how far the import has come, after each batch. */
  readonly onProgress?: (counts: ImportCounts) => void;
}

interface ReadLine {
  readonly number: number;
  readonly user: ImportedUser;
}

const BATCH = 1000;

/**
 * Brings users in from another system, a batch a transaction, with one event a batch. An account that exists is never
 * changed, so an import that was cut off is repeated from the start. Memory is bounded however long the file is.
 *
 * Password hashes are stored as they come. Nothing is hashed here: each is made anew at its user's first login.
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
    let batch: ReadLine[] = [];

    const refuse = (line: number, reason: string) => {
      counts.refused += 1;
      onRefused(line, reason);
    };

    const add = (users: readonly ImportedUser[]): Promise<string[]> =>
      change(actor, (tx) => tx.bulkUsers.add(users, { type: 'USERS_IMPORTED' }));

    const finishBatch = async () => {
      const users = batch.map(({ user }) => user);
      const added = new Set(dryRun || users.length === 0 ? [] : await add(users));
      const left = batch.filter(({ user }) => !added.has(user.emailCanonical));
      counts.imported += added.size;
      batch = [];
      if (left.length > 0) await explain(left);
      onProgress?.(counts);
    };

    /** Users that were not added, or would not be. */
    const explain = async (left: readonly ReadLine[]) => {
      const addresses = left.map(({ user }) => user.emailCanonical);
      const taken = await store.bulkUsers.findTaken(
        addresses,
        left.map(({ user }) => user.id),
      );
      const takenAddresses = new Set(taken.map(({ emailCanonical }) => emailCanonical));
      const takenIds = new Set(taken.map(({ id }) => id));
      for (const { number, user } of left) {
        if (takenAddresses.has(user.emailCanonical)) counts.present += 1;
        else if (takenIds.has(user.id)) refuse(number, 'id belongs to another account');
        else if (dryRun) counts.imported += 1;
        else refuse(number, 'the account with this address was removed meanwhile');
        takenIds.add(user.id);
      }
    };

    for await (const { number, bytes } of lines) {
      const user = bytes ? parseBulkUser(bytes, clock()) : { refused: 'too long' };
      if ('refused' in user) refuse(number, user.refused);
      else if (seen.add(user.emailCanonical)) refuse(number, 'the same address stands in an earlier line');
      else batch.push({ number, user });
      if (batch.length === BATCH) await finishBatch();
    }
    await finishBatch();
    return counts;
  };
