import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';

import { RECONNECT_MS } from './database/deadlines.js';
import { isConnectionLost, isWriteConflict, StoreUnavailable, translateStoreError } from './errors.js';

/** One execution of the function of a transaction, which may run several times. */
interface Execution {
  isOpen: boolean;
  failed?: { readonly error: unknown };
}

/** Executes one statement, or several that succeed or fail together. */
type TableFunction = (...args: never[]) => Promise<unknown>;

/** The functions of each table, by its name. */
export type Tables = Record<string, Record<string, TableFunction>>;

const MAX_RETRIES = 5;
const BACKOFF_MS = 20;

/**
 * Guarantees two properties of transactions.
 *
 * Inside a transaction, only its `tx` can be used. Any other access would use another connection, outside the transaction.
 * On the embedded database, which has only one connection, it would deadlock with the transaction that waits for it. Such an
 * access throws at once, on either database.
 *
 * A transaction with a failed statement rejects, even when its function has caught the error. PostgreSQL executes the COMMIT
 * of such a transaction as a ROLLBACK without an error, so the function would report a success that did not happen.
 */
export class Transactions {
  readonly #current = new AsyncLocalStorage<Execution>();
  #isClosed = false;

  /** Rejects all later calls, except those inside a transaction that has begun. */
  close(): void {
    this.#isClosed = true;
  }

  /** @throws Error inside a transaction */
  readonly assertOutside = (): void => {
    if (this.#current.getStore()?.isOpen) {
      throw new Error('Inside store.transaction(), use only its `tx`, and do not hash, send email or fetch anything.');
    }
  };

  /**
   * Runs a transaction, and runs it again after a conflict with another one (40001, 40P01), or when its connection was lost
   * before COMMIT was sent: in both cases, nothing of it is in the database. Once COMMIT was sent, a lost connection leaves the
   * outcome unknown, and another run could do everything twice.
   *
   * @param begin calls its argument inside a new transaction of the database, and then sends COMMIT
   * @throws StoreUnavailable after six conflicts or lost connections, when the outcome is unknown, or when the store is closed
   */
  async run<R extends Tables, Db, T>(
    begin: (body: (db: Db) => Promise<T>) => Promise<T>,
    tables: (db: Db) => R,
    work: (tx: R) => Promise<T>,
  ): Promise<T> {
    const startedAt = performance.now();
    let isCommitSent = false;
    const runAgain = (error: unknown): boolean =>
      isWriteConflict(error) ||
      (!isCommitSent && isConnectionLost(error) && performance.now() - startedAt < RECONNECT_MS);
    return this.#repeat(async () => {
      isCommitSent = false;
      return begin(async (db) => {
        const result = await this.#runOnce(tables(db), work);
        isCommitSent = true;
        return result;
      });
    }, runAgain);
  }

  async #runOnce<R extends Tables, T>(tables: R, work: (tx: R) => Promise<T>): Promise<T> {
    const execution: Execution = { isOpen: true };
    const tx = wrapFunctions(tables, async (call) => {
      if (!execution.isOpen)
        throw new Error('This `tx` was used after its transaction had ended: an `await` is missing.');
      try {
        return await call();
      } catch (error) {
        execution.failed ??= { error: translateStoreError(error) };
        throw execution.failed.error;
      }
    });
    try {
      const result = await this.#current.run(execution, () => work(tx));
      if (execution.failed) throw execution.failed.error;
      return result;
    } finally {
      execution.isOpen = false;
    }
  }

  /** Makes table functions usable outside transactions: they translate errors, retry conflicts, and throw inside one. */
  wrapOutside<R extends Tables>(tables: R): R {
    return wrapFunctions(tables, (call) => this.outside(call));
  }

  /**
   * Makes a call outside any transaction, and repeats it after a conflict, which has changed nothing. A single statement can
   * also conflict, when the default isolation level of the database is above READ COMMITTED. A lost connection leaves the outcome
   * of a write unknown, so that it is not repeated here; the pool repeats reads.
   *
   * @throws StoreUnavailable after six conflicts, or when the store is closed
   */
  readonly outside = <T>(call: () => Promise<T>): Promise<T> => this.#repeat(call, isWriteConflict);

  async #repeat<T>(call: () => Promise<T>, runAgain: (error: unknown) => boolean): Promise<T> {
    this.assertOutside();
    if (this.#isClosed) throw new StoreUnavailable('The store is closed.');
    for (let retry = 0; ; retry += 1) {
      try {
        return await call();
      } catch (error) {
        if (!runAgain(error)) throw translateStoreError(error);
        if (retry === MAX_RETRIES)
          throw new StoreUnavailable('Every attempt failed by a conflict or a lost connection.', { cause: error });
      }
      // With full jitter, the transactions that conflicted do not run at the same time again.
      await delay(Math.random() * BACKOFF_MS * 2 ** retry);
    }
  }
}

/** Wraps every function of every table and preserves the types. */
const wrapFunctions = <R extends Tables>(tables: R, wrap: (call: () => Promise<unknown>) => Promise<unknown>): R =>
  mapValues(tables, (functions) =>
    mapValues(
      functions,
      (original) =>
        async (...args: never[]) =>
          wrap(() => original(...args)),
    ),
  ) as R;

const mapValues = <A, B>(object: Record<string, A>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
