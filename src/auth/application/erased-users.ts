import { createQueueWorker, createTopicSource } from '../../store/queue-worker.js';
import type { Store } from '../../store/store.js';
import type { QueueEntry } from '../../store/tables/queue-entries.js';
import { isUuid } from '../../values/uuid.js';
import { HOOK_DEADLINE_SECONDS, JOB_ATTEMPTS_MAX } from '../../values/policy.js';
import type { Change, UnitOfWork } from '../unit-of-work.js';
import type { Hooks } from './hooks.js';
import { jobBackoffSeconds } from './job-worker.js';
import { runHookInTransaction } from './run-hook.js';

const TOPIC = 'user-erased';
/** The deadline of the hook, and time for the statements around it. */
const LEASE_SECONDS = HOOK_DEADLINE_SECONDS + 30;

/** A failed run of the hook userErased, for the log. */
export interface FailedErasureHook {
  readonly error: unknown;
  readonly id: string;
  readonly attempts: number;
  /** Whether it is not tried again until an operator retries it. */
  readonly dead: boolean;
}

export interface ErasedUsers {
  /** Queues the hook for a user that this unit of work erases. Does nothing if there is no such hook. */
  readonly announce: (tx: Pick<UnitOfWork, 'queueEntries' | 'newId'>, userId: string) => Promise<void>;
  /** Runs the hook for each erased user that is due, and returns their number. */
  readonly process: (signal?: AbortSignal) => Promise<number>;
}

export interface ErasedUsersOptions {
  readonly change: Change;
  readonly store: Pick<Store, 'queueEntries'>;
  readonly hooks: Pick<Hooks, 'userErased'>;
  readonly onFailure: (failed: FailedErasureHook) => void;
  /** Called when the database did not record that the hook has failed. It runs again when its lease ends. */
  readonly onUnrecorded: (error: unknown, id: string) => void;
}

/**
 * Runs the hook userErased after the erasure, which it cannot delay or prevent. The entry of the queue is removed in the transaction
 * of the hook. An entry without the hook stays queued: the instances of a release that has it may be about to start.
 */
export const createErasedUsers = ({
  change,
  store,
  hooks,
  onFailure,
  onUnrecorded,
}: ErasedUsersOptions): ErasedUsers => {
  const { userErased } = hooks;
  if (!userErased) return { announce: () => Promise.resolve(), process: () => Promise.resolve(0) };

  const source = createTopicSource(store, {
    topic: TOPIC,
    leaseSeconds: LEASE_SECONDS,
    maxAttempts: JOB_ATTEMPTS_MAX,
    backoffSeconds: jobBackoffSeconds,
    failureOf: () => ({ code: 'FAILED', permanent: false }),
    onFailure: ({ entry: { id, attempts }, error, dead }) => {
      onFailure({ error, id, attempts, dead });
    },
  });

  const run = (entry: QueueEntry): Promise<boolean> =>
    change({ kind: 'system' }, async (tx) => {
      if (!(await tx.queueEntries.remove(entry.id))) return false;
      await runHookInTransaction('userErased', tx, (applicationTx) => userErased(applicationTx, userIdOf(entry)));
      return true;
    });

  return {
    announce: (tx, userId) => tx.queueEntries.add({ id: tx.newId(), topic: TOPIC, payload: { userId } }),
    async process(signal) {
      let processed = 0;
      const worker = createQueueWorker<QueueEntry, unknown>({
        source,
        lanes: () => 1,
        async work(entry) {
          if (await run(entry)) processed += 1;
        },
        onUnrecorded: (error, { id }) => {
          onUnrecorded(error, id);
        },
      });
      await worker.drain(signal);
      return processed;
    },
  };
};

const userIdOf = ({ payload }: QueueEntry): string => {
  const userId: unknown = typeof payload === 'object' && payload !== null ? Reflect.get(payload, 'userId') : undefined;
  if (typeof userId !== 'string' || !isUuid(userId)) throw new Error('An entry of the queue names no user.');
  return userId;
};
