import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';

import { isWriteConflict, StoreUnavailable, translateStoreError } from './errors.js';

/** One run of a transaction's function. */
interface Run {
  open: boolean;
  failed?: { readonly error: unknown };
}

/** Asks one thing, which the database does wholly or not at all. */
type RowFunction = (...args: never[]) => Promise<unknown>;

/** What `store.ts` assembles: modules of functions, each of which asks the database something. */
export type RowModules = Record<string, Record<string, RowFunction>>;

const reruns = 5;
const BACKOFF_MS = 20;

/**
 * Keeps two promises about a store's transactions.
 *
 * Inside one, only its own `tx` is used. The outer client would read and write on another connection, outside of the
 * transaction; on the embedded database there is no other connection, so that it waits for the transaction that waits for
 * it. Whoever does it hears so at once, on both.
 *
 * And a transaction whose statement failed never seems to have committed. PostgreSQL answers the COMMIT of such a
 * transaction with a silent ROLLBACK, so a function that swallowed the error would report what never happened.
 */
export class Transactions {
  readonly #current = new AsyncLocalStorage<Run>();
  #closed = false;

  /** From now on every question outside of a running transaction is refused. */
  close(): void {
    this.#closed = true;
  }

  /** @throws Error inside a transaction: what follows belongs after it, or uses `tx` */
  readonly assertOutside = (): void => {
    if (this.#current.getStore()?.open) {
      throw new Error('Inside store.transaction() only its `tx` is used, and nothing is hashed, mailed or fetched.');
    }
  };

  /**
   * Runs a transaction, and runs it again when the database says that it collided with another (40001, 40P01).
   *
   * @param begin runs what it is given inside a transaction of its own
   * @throws StoreUnavailable when it collided six times, or the store is closed
   */
  async run<R extends RowModules, Db, T>(
    begin: (body: (db: Db) => Promise<T>) => Promise<T>,
    rows: (db: Db) => R,
    work: (tx: R) => Promise<T>,
  ): Promise<T> {
    return this.#rerunning(() => begin((db) => this.#runOnce(rows(db), work)));
  }

  /** What collided has changed nothing, so it can be done again. */
  async #rerunning<T>(ask: () => Promise<T>): Promise<T> {
    this.#assertUsable();
    for (let rerun = 0; ; rerun += 1) {
      try {
        return await ask();
      } catch (error) {
        if (!isWriteConflict(error)) throw translateStoreError(error);
        if (rerun === reruns) throw new StoreUnavailable('Transactions collide again and again.', { cause: error });
      }
      // Full jitter: those that collided do not meet again.
      await delay(Math.random() * BACKOFF_MS * 2 ** rerun);
    }
  }

  async #runOnce<R extends RowModules, T>(rows: R, work: (tx: R) => Promise<T>): Promise<T> {
    const run: Run = { open: true };
    const tx = eachFunction(rows, async (call) => {
      if (!run.open) throw new Error('This `tx` is used after its transaction has ended: an `await` is missing.');
      try {
        return await call();
      } catch (error) {
        run.failed ??= { error: translateStoreError(error) };
        throw run.failed.error;
      }
    });
    try {
      const result = await this.#current.run(run, () => work(tx));
      if (run.failed) throw run.failed.error;
      return result;
    } finally {
      run.open = false;
    }
  }

  /** The rows as they are used outside of transactions: their errors translated, and refused inside. */
  outer<R extends RowModules>(rows: R): R {
    return eachFunction(rows, (call) => this.outside(call));
  }

  /**
   * One question outside of any transaction. It collides too, where the database's default is more than READ COMMITTED.
   *
   * @throws StoreUnavailable when it collided six times, or the store is closed
   */
  readonly outside = <T>(call: () => Promise<T>): Promise<T> => this.#rerunning(call);

  #assertUsable(): void {
    this.assertOutside();
    if (this.#closed) throw new StoreUnavailable('The store is closed.');
  }
}

/** Every function of every module with something around it; their types stay. */
const eachFunction = <R extends RowModules>(
  modules: R,
  around: (call: () => Promise<unknown>) => Promise<unknown>,
): R =>
  mapValues(modules, (module) =>
    mapValues(
      module,
      (ask) =>
        async (...args: never[]) =>
          around(() => ask(...args)),
    ),
  ) as R;

const mapValues = <A, B>(object: Record<string, A>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
