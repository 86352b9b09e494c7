import { setImmediate as endOfTick } from 'node:timers/promises';

import type { Store } from '../../store/store.js';
import type { UserProfileRecord } from '../../store/tables/users.js';
import { isUuid } from '../../values/uuid.js';
import { translateDatabaseErrors } from '../database-errors.js';

/**
 * Returns the value of each id, in the order of the ids; null for an id that is null or has no value.
 *
 * All calls of a request in the same tick that have the same name are one read, as when the fields of a list are resolved. The
 * `read` of the first of them is given all their ids, each once, so the name states everything on which the result depends
 * beside the id. Values are not kept: a later call reads again, and sees what a mutation has changed.
 *
 * @throws Error inside a transaction
 */
export type Load = <Id extends string | number, Value>(
  name: string,
  ids: readonly (Id | null)[],
  read: (ids: readonly Id[]) => Promise<ReadonlyMap<Id, Value>>,
) => Promise<(Value | null)[]>;

/** Reads of one request that are executed once for all calls of a tick. */
export interface BatchedReads {
  readonly load: Load;
  /** Returns the profile of each user, in the order of the ids; null for an id that no user has. */
  readonly findProfiles: (ids: readonly (string | null)[]) => Promise<(UserProfileRecord | null)[]>;
}

interface Batch {
  readonly ids: Set<unknown>;
  readonly values: Promise<ReadonlyMap<unknown, unknown>>;
}

/** Returns the reads of a request. After the signal is aborted, they start nothing. */
export type ReadsFor = (signal: AbortSignal) => BatchedReads;

export const createReadsFor =
  ({ store }: { readonly store: Pick<Store, 'users' | 'assertOutsideTransaction'> }): ReadsFor =>
  (signal) => {
    const load = createLoad(store.assertOutsideTransaction, signal);
    const loadProfile = createLoad(store.assertOutsideTransaction, signal);
    const readProfiles = translateDatabaseErrors(async (ids: readonly string[]) => {
      const profiles = await store.users.findProfiles(ids);
      return new Map(profiles.map((profile) => [profile.id, profile]));
    });
    return {
      load,
      findProfiles: (ids) =>
        loadProfile(
          'profile',
          ids.map((id) => (id !== null && isUuid(id) ? id : null)),
          readProfiles,
        ),
    };
  };

/** A transaction must not wait for a read outside it, nor must the calls outside it see what it has not committed. */
const createLoad = (assertOutsideTransaction: () => void, signal: AbortSignal): Load => {
  const batches = new Map<string, Batch>();

  const batchOf = <Id, Value>(name: string, read: (ids: readonly Id[]) => Promise<ReadonlyMap<Id, Value>>): Batch => {
    const ids = new Set<Id>();
    const values = endOfTick().then(() => {
      batches.delete(name);
      signal.throwIfAborted();
      return read([...ids]);
    });
    const batch = { ids, values };
    batches.set(name, batch);
    return batch;
  };

  return async <Id, Value>(
    name: string,
    ids: readonly (Id | null)[],
    read: (ids: readonly Id[]) => Promise<ReadonlyMap<Id, Value>>,
  ) => {
    assertOutsideTransaction();
    signal.throwIfAborted();
    const wanted = ids.filter((id) => id !== null);
    if (wanted.length === 0) return ids.map(() => null);
    const batch = batches.get(name) ?? batchOf(name, read);
    for (const id of wanted) batch.ids.add(id);
    const values = (await batch.values) as ReadonlyMap<unknown, Value>;
    return ids.map((id) => values.get(id) ?? null);
  };
};
