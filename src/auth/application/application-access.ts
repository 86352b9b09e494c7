import type { ApplicationModels } from '../../store/application-client.js';
import type { Store } from '../../store/store.js';
import type { ApplicationConfig } from '../../values/application-types.js';
import type { Actor } from '../audit/security-events.js';
import { translateDatabaseError, translateDatabaseErrors } from '../database-errors.js';
import type { Change } from '../unit-of-work.js';
import { inApplicationTx, type ApplicationMailer, type ApplicationTx } from './application-tx.js';

/**
 * The database as the code of an application uses it. Its members are the models of prisma/schema/app.prisma and User, as in
 * `db.project.findMany({ where: … })`, and `$transaction`. Inside a transaction, only its `tx` can be used.
 *
 * @throws GatehouseError SERVICE_UNAVAILABLE when the database is unavailable
 */
export type ApplicationDb = ApplicationModels & {
  /**
   * Runs `work` in one transaction, which commits when `work` resolves and rolls back when it rejects. `work` has no effect
   * except through `tx`, because it is run again after a conflict with another transaction.
   */
  readonly $transaction: <T>(work: (tx: ApplicationTx) => Promise<T>) => Promise<T>;
};

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
  store,
  config,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'applicationModels'>;
  readonly config: ApplicationConfig;
}): AccessFor => {
  // All transactions of the application are one kind of work, which cannot take all connections from our flows.
  const transact = translateDatabaseErrors(
    <T>(actor: Actor, signal: AbortSignal, work: (tx: ApplicationTx) => Promise<T>): Promise<T> => {
      signal.throwIfAborted();
      return change(actor, (tx) => inApplicationTx(tx, work, signal));
    },
  );
  return (actor, signal) =>
    Object.freeze({
      db: withModels(Object.freeze({ $transaction: (work) => transact(actor, signal, work) }), () =>
        store.applicationModels(translateDatabaseError, signal),
      ),
      mail: Object.freeze<ApplicationMailer>({
        send: (recipient, mail, values) => transact(actor, signal, (tx) => tx.mail.send(recipient, mail, values)),
      }),
      config,
    });
};

/** Adds the models when the first of them is used: most requests use none. */
const withModels = (own: Pick<ApplicationDb, '$transaction'>, create: () => ApplicationModels): ApplicationDb => {
  let models: ApplicationModels | undefined;
  return new Proxy(own, {
    get: (target, name): unknown => Reflect.get(Object.hasOwn(target, name) ? target : (models ??= create()), name),
  }) as ApplicationDb;
};
