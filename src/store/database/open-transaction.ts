import { AsyncLocalStorage } from 'node:async_hooks';
import type { SqlDriverAdapterFactory, Transaction } from '@prisma/driver-adapter-utils';

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
      const transaction = await begin(isolationLevel);
      const holder = holders.getStore();
      if (holder) holder.open = transaction;
      return transaction;
    };
    return adapter;
  },
});
