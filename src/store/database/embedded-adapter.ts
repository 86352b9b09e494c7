import type { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';

/** The parts of the adapter that its type declarations omit. */
interface Adapter {
  startTransactionInner(client: Pick<PGlite, 'transaction'>, options: object): Promise<Transaction>;
}
interface Transaction {
  commit(): Promise<void>;
  /** @throws DriverAdapterError */
  onError(error: unknown): never;
}

/**
 * The adapter of the embedded database, except that a COMMIT that fails rejects. The original resolves as if it had succeeded, so
 * that a write would be acknowledged which a deferred constraint has refused, or for which the disk had no space.
 */
export class EmbeddedAdapter extends PrismaPGlite {
  override async connect(): ReturnType<PrismaPGlite['connect']> {
    const connected = await super.connect();
    const adapter = connected as unknown as Adapter;
    const begin = adapter.startTransactionInner.bind(adapter);
    adapter.startTransactionInner = async (client, options) => {
      let ended: Promise<unknown> = Promise.resolve();
      const observed: Pick<PGlite, 'transaction'> = {
        transaction: (work) => {
          const result = client.transaction(work);
          ended = result;
          return result;
        },
      };
      const transaction = await begin(observed, options);
      const commit = transaction.commit.bind(transaction);
      transaction.commit = async () => {
        await commit();
        await ended.catch((error: unknown) => transaction.onError(error));
      };
      return transaction;
    };
    return connected;
  }
}
