import type { ApplicationConfig } from '../../values/application-types.js';
import type { Actor } from '../audit/security-events.js';
import { translateDatabaseErrors } from '../database-errors.js';
import type { Change } from '../unit-of-work.js';
import { applicationTxOf, type ApplicationMailer, type ApplicationTx } from './application-tx.js';

/** The database as the code of an application uses it. */
export interface ApplicationDb {
  /**
   * Runs `work` in one transaction, which commits when `work` resolves and rolls back when it rejects. `work` has no effect
   * except through `tx`, because it is run again after a conflict with another transaction.
   *
   * @throws GatehouseError SERVICE_UNAVAILABLE when the database is unavailable
   */
  readonly $transaction: <T>(work: (tx: ApplicationTx) => Promise<T>) => Promise<T>;
}

/** What the code of an application reaches of Gatehouse outside a transaction. */
export interface ApplicationAccess {
  readonly db: ApplicationDb;
  /** Sends one mail in a transaction of its own. Inside `db.$transaction`, use the one of `tx`. */
  readonly mail: ApplicationMailer;
  /** The values of the variables of src/app/config.ts. */
  readonly config: ApplicationConfig;
}

/** Returns the access on behalf of an actor. After the signal is aborted, it starts nothing and commits nothing. */
export type AccessFor = (actor: Actor, signal: AbortSignal) => ApplicationAccess;

export const createAccessFor = ({
  change,
  config,
}: {
  readonly change: Change;
  readonly config: ApplicationConfig;
}): AccessFor => {
  // All transactions of the application are one kind of work, which cannot take all connections from our flows.
  const transact = translateDatabaseErrors(
    <T>(actor: Actor, signal: AbortSignal, work: (tx: ApplicationTx) => Promise<T>): Promise<T> => {
      signal.throwIfAborted();
      return change(actor, async (tx) => {
        signal.throwIfAborted();
        const result = await untilAborted(work(applicationTxOf(tx)), signal);
        signal.throwIfAborted();
        return result;
      });
    },
  );
  return (actor, signal) =>
    Object.freeze({
      db: Object.freeze<ApplicationDb>({ $transaction: (work) => transact(actor, signal, work) }),
      mail: Object.freeze<ApplicationMailer>({
        send: (recipient, mail, values) => transact(actor, signal, (tx) => tx.mail.send(recipient, mail, values)),
      }),
      config,
    });
};

/** Waits for work until the signal is aborted. Its transaction then ends, even if the work never does, and frees its connection. */
const untilAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
};
