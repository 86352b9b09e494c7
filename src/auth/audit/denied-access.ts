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

/** More users than are denied anything within a minute; the oldest are forgotten first. */
const SUBJECTS_MAX = 10_000;

interface Window {
  readonly startedAt: number;
  readonly operations: Set<string>;
}

/**
 * Creates the recorder of denied access.
 *
 * A user can repeat a denied operation as fast as the network allows, and chooses its name. So a denial is recorded at most
 * once a minute for each user and operation, and for ten operations of a user. Each instance counts by itself, in memory: a
 * shared count would be a write for each request, which is what the limit prevents.
 *
 * @param seconds a clock that never goes back
 */
export const createRecordDeniedAccess = (
  store: Pick<Store, 'securityEvents'>,
  clock: () => Date,
  seconds: () => number = () => performance.now() / 1000,
): RecordDeniedAccess => {
  const windows = new Map<string, Window>();

  const isNew = (userId: string, operation: string): boolean => {
    const window = windows.get(userId);
    if (window && seconds() - window.startedAt < DENIED_ACCESS_WINDOW_SECONDS) {
      if (window.operations.has(operation) || window.operations.size >= DENIED_ACCESS_OPERATIONS_MAX) return false;
      window.operations.add(operation);
      return true;
    }
    windows.delete(userId);
    const [oldest] = windows.size >= SUBJECTS_MAX ? windows.keys() : [];
    if (oldest !== undefined) windows.delete(oldest);
    windows.set(userId, { startedAt: seconds(), operations: new Set([operation]) });
    return true;
  };

  return async ({ userId, sessionId }, client, { operation, documentHash }) => {
    if (!isNew(userId, operation ?? '')) return;
    const detail = { documentHash, ...(operation === null ? {} : { operation }) };
    const event = { type: 'ACCESS_DENIED', subjectId: userId, sessionId, detail } as const;
    await recordEvent(store, clock(), { kind: 'user', userId, client }, event);
  };
};
