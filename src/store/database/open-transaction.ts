import { AsyncLocalStorage } from 'node:async_hooks';
import type { SqlDriverAdapterFactory, SqlQuery, Transaction } from '@prisma/driver-adapter-utils';

/** The transaction of a driver that our client has begun, from its BEGIN to its end. */
interface Holder {
  open?: Transaction | undefined;
}

const holders = new AsyncLocalStorage<Holder>();

/** Runs a transaction of our client, so that the application's client can take part in it. */
export const holdTransaction = async <T>(transaction: () => Promise<T>): Promise<T> => {
  const holder: Holder = {};
  try {
    return await holders.run(holder, transaction);
  } finally {
    holder.open = undefined;
  }
};

/** Returns the transaction that is open where this is called. */
export const openTransaction = (): Transaction | undefined => holders.getStore()?.open;

/** Makes the transactions that an adapter begins inside `holdTransaction` known to `openTransaction`. */
export const withHeldTransactions = (factory: SqlDriverAdapterFactory): SqlDriverAdapterFactory => ({
  provider: factory.provider,
  adapterName: factory.adapterName,
  async connect() {
    const adapter = await factory.connect();
    const begin = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (isolationLevel) => {
      const transaction = untilItsEnd(await begin(isolationLevel));
      const holder = holders.getStore();
      if (holder) holder.open = transaction;
      return transaction;
    };
    return adapter;
  },
});

const isEnd = ({ sql }: SqlQuery): boolean => sql === 'COMMIT' || sql === 'ROLLBACK';

/**
 * Makes every statement after the end of a transaction reject. Prisma may execute an operation in several statements, and goes on with
 * them after the transaction was rolled back. Its connection is then in the pool again, or in a transaction of another request: the
 * statement would be committed there.
 */
const untilItsEnd = (transaction: Transaction): Transaction => {
  let hasEnded = false;
  const [queryRaw, executeRaw] = [transaction.queryRaw.bind(transaction), transaction.executeRaw.bind(transaction)];
  const [commit, rollback] = [transaction.commit.bind(transaction), transaction.rollback.bind(transaction)];
  const assertOpen = () => {
    if (hasEnded) throw new Error('A statement was not executed, because its transaction had ended.');
  };
  return Object.assign(transaction, {
    async queryRaw(query) {
      assertOpen();
      return queryRaw(query);
    },
    async executeRaw(query) {
      if (!isEnd(query)) assertOpen();
      hasEnded ||= isEnd(query);
      return executeRaw(query);
    },
    commit() {
      hasEnded = true;
      return commit();
    },
    rollback() {
      hasEnded = true;
      return rollback();
    },
  } satisfies Pick<Transaction, 'queryRaw' | 'executeRaw' | 'commit' | 'rollback'>);
};
