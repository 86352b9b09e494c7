import type { SqlDriverAdapterFactory, SqlQuery, SqlQueryable, Transaction } from '@prisma/driver-adapter-utils';

import { assertApplicationStatement } from './application-statements.js';
import { openTransaction } from './open-transaction.js';

/**
 * The adapter of the application's client. Each statement is checked. A transaction that is begun where one of ours is open takes
 * part in it: with the same connection, so that both are committed or neither.
 *
 * Only `startTransaction` joins the open transaction. Prisma combines reads of one tick into one statement, and where it is
 * executed says nothing about where each of them came from. A statement outside any transaction therefore throws while one is open
 * there: on the embedded database, with its one connection, it would wait for the transaction that waits for it.
 */
export const createApplicationAdapter = (factory: SqlDriverAdapterFactory): SqlDriverAdapterFactory => ({
  provider: factory.provider,
  adapterName: factory.adapterName,
  async connect() {
    const adapter = await factory.connect();
    const { provider, adapterName } = adapter;
    const outside = <T>(call: (query: SqlQuery) => Promise<T>) =>
      checked((query) => {
        assertOutsideTransaction();
        return call(query);
      });
    return {
      provider,
      adapterName,
      queryRaw: outside((query) => adapter.queryRaw(query)),
      executeRaw: outside((query) => adapter.executeRaw(query)),
      executeScript: () => Promise.reject(new Error('context.db executes no scripts.')),
      async startTransaction(isolationLevel) {
        const open = openTransaction();
        return open ? joined(open) : guarded(await adapter.startTransaction(isolationLevel));
      },
      ...(adapter.getConnectionInfo && { getConnectionInfo: adapter.getConnectionInfo.bind(adapter) }),
      // The pool and the embedded database belong to our client.
      dispose: () => Promise.resolve(),
    };
  },
});

/** @throws Error inside a transaction */
export const assertOutsideTransaction = (): void => {
  if (openTransaction()) throw new Error('Inside a transaction, use its `tx` and not `context.db`.');
};

const checked =
  <T>(call: (query: SqlQuery) => Promise<T>) =>
  async (query: SqlQuery): Promise<T> => {
    assertApplicationStatement(query.sql);
    return call(query);
  };

/** Prisma begins and ends such a transaction by itself, for an operation that takes several statements. */
const guarded = (transaction: Transaction): Transaction => {
  const { provider, adapterName, options } = transaction;
  const isControl = ({ sql }: SqlQuery) => sql === 'COMMIT' || sql === 'ROLLBACK';
  const execute = checked((query) => transaction.executeRaw(query));
  return {
    provider,
    adapterName,
    options,
    ...queries(transaction),
    executeRaw: (query) => (isControl(query) ? transaction.executeRaw(query) : execute(query)),
    commit: () => transaction.commit(),
    rollback: () => transaction.rollback(),
  };
};

const queries = (target: SqlQueryable): Pick<SqlQueryable, 'queryRaw' | 'executeRaw'> => ({
  queryRaw: checked((query) => target.queryRaw(query)),
  executeRaw: checked((query) => target.executeRaw(query)),
});

/**
 * Takes part in a transaction that somebody else ends. PostgreSQL executes the COMMIT of a transaction with a failed statement as a
 * ROLLBACK, without an error: a statement whose error the application has caught is therefore reported at the end.
 */
const joined = (open: Transaction): Transaction => {
  const { provider, adapterName } = open;
  let failure: { readonly error: unknown } | undefined;
  let hasEnded = false;
  const remembering =
    <T>(call: (query: SqlQuery) => Promise<T>) =>
    async (query: SqlQuery): Promise<T> => {
      // The transaction that it took part in may go on without it, or may have ended.
      if (hasEnded) throw new Error('A statement was not executed, because the work of its transaction had ended.');
      try {
        return await call(query);
      } catch (error) {
        failure ??= { error };
        throw error;
      }
    };
  const { queryRaw, executeRaw } = queries(open);
  return {
    provider,
    adapterName,
    options: { usePhantomQuery: true },
    queryRaw: remembering(queryRaw),
    executeRaw: remembering(executeRaw),
    commit: () => {
      hasEnded = true;
      return Promise.resolve().then(() => {
        if (failure) throw failure.error;
      });
    },
    rollback: () => {
      hasEnded = true;
      return Promise.resolve();
    },
  };
};
