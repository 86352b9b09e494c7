import { LRUCache } from 'lru-cache';

import type { Store } from '../../store/store.js';
import { DENIED_ACCESS_OPERATIONS_MAX, DENIED_ACCESS_WINDOW_SECONDS } from '../../values/policy.js';
import type { Client, UserCaller } from '../caller.js';
import { recordEvent } from './security-events.js';

/** An operation that a user may not perform. Neither field contains text of the document. */
export interface DeniedOperation {
  /** The name of the operation; null when it has none. */
  readonly operation: string | null;
  /** The SHA-256 digest of the document in hexadecimal. */
  readonly documentHash: string;
}

/** Records that a user was denied an operation, unless that was recorded within the last minute. */
export type RecordDeniedAccess = (caller: UserCaller, client: Client, denied: DeniedOperation) => Promise<void>;

/** More users than are denied anything within a minute; those who were denied longest ago are forgotten first. */
const SUBJECTS_MAX = 10_000;

/**
 * Creates the recorder of denied access.
 *
 * A user can repeat a denied operation as fast as the network allows, and chooses its name. So a denial is recorded at most
 * once a minute for each user and operation, and for ten operations of a user. Each instance counts by itself, in memory: a
 * shared count would be a write for each request, which is what the limit prevents.
 *
 * @param monotonic returns milliseconds of a clock that never goes back
 */
export const createRecordDeniedAccess = (
  store: Pick<Store, 'securityEvents'>,
  clock: () => Date,
  monotonic: () => number = () => performance.now(),
): RecordDeniedAccess => {
  const recordedByUser = new LRUCache<string, Set<string>>({
    max: SUBJECTS_MAX,
    ttl: DENIED_ACCESS_WINDOW_SECONDS * 1000,
    ttlResolution: 0,
    perf: { now: monotonic },
  });

  const isNew = (userId: string, operation: string): boolean => {
    const recorded = recordedByUser.get(userId);
    if (!recorded) recordedByUser.set(userId, new Set([operation]));
    else if (recorded.has(operation) || recorded.size >= DENIED_ACCESS_OPERATIONS_MAX) return false;
    else recorded.add(operation);
    return true;
  };

  return async ({ userId, sessionId }, client, { operation, documentHash }) => {
    if (!isNew(userId, operation ?? '')) return;
    const detail = { documentHash, ...(operation === null ? {} : { operation }) };
    const event = { type: 'ACCESS_DENIED', subjectId: userId, sessionId, detail } as const;
    await recordEvent(store, clock(), { kind: 'user', userId, client }, event);
  };
};
