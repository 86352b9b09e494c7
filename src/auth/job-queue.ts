import { openPayload, sealPayload } from '../security/sealed-payload.js';
import type { SecretBox } from '../security/secret-box.js';
import type { Rows } from '../store/store.js';
import type { QueueEntry } from '../store/tables/queue-entries.js';
import { jsonTextOf } from '../values/json-text.js';
import { JOB_PAYLOAD_MAX_BYTES, JOB_PAYLOAD_MAX_DEPTH } from '../values/policy.js';

/** The prefix of the topics of the application's jobs in the queue's table. */
const PREFIX = 'app:';

/** The topics of all jobs of the application, as a pattern of LIKE. */
export const JOB_TOPICS = `${PREFIX}%`;

/** The topic of a job. */
const jobTopicOf = (job: string): string => `${PREFIX}${job}`;

/** The name of the job of a topic. */
export const jobOfTopic = (topic: string): string => topic.slice(PREFIX.length);

export interface EnqueueOptions {
  /** The job is not run before this time has passed. A whole number, at most that of a year. */
  readonly afterSeconds?: number;
}

/** The jobs of the application that are queued. */
export interface JobQueue {
  /**
   * Queues a job in the transaction that causes it. The payload is sealed, so that the table and its backups are no list of
   * personal data.
   *
   * @param id a UUID that nothing else has
   * @throws Error when there is no such job, or the payload is not JSON of at most 4 MiB
   */
  enqueue(
    tx: Pick<Rows, 'queueEntries'>,
    id: string,
    job: string,
    payload: unknown,
    options?: EnqueueOptions,
  ): Promise<void>;
  /** Makes the worker check the queue soon. Called after a commit; never waits for the job. */
  nudge(): void;
}

/** Later than anything is planned. */
const MAX_DELAY_SECONDS = 366 * 24 * 60 * 60;

/**
 * @param jobs the names of the jobs of the application
 * @param nudge runs the worker of this process, if it has one
 */
export const createJobQueue = (secretBox: SecretBox, jobs: readonly string[], nudge: () => void): JobQueue => ({
  async enqueue(tx, id, job, payload, { afterSeconds = 0 } = {}) {
    if (!jobs.includes(job)) throw new Error(`src/app/jobs.ts has no job "${job}". The jobs are: ${jobs.join(', ')}.`);
    if (!Number.isInteger(afterSeconds) || afterSeconds < 0 || afterSeconds > MAX_DELAY_SECONDS)
      throw new Error(
        `The option afterSeconds of the job "${job}" must be a whole number from 0 to ${MAX_DELAY_SECONDS}.`,
      );
    const entry = { id, topic: jobTopicOf(job) };
    const content = { payload: plainPayloadOf(job, payload) };
    await tx.queueEntries.add({ ...entry, payload: sealPayload(secretBox, entry, content), afterSeconds });
  },
  nudge,
});

const limits = { maxBytes: JOB_PAYLOAD_MAX_BYTES, maxDepth: JOB_PAYLOAD_MAX_DEPTH };

/** Returns a copy of a payload, as the job will receive it. @throws Error when it would receive another one */
const plainPayloadOf = (job: string, payload: unknown): unknown => {
  try {
    return JSON.parse(jsonTextOf(payload, limits)) as unknown;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Error(`The payload of the job "${job}" cannot be queued. ${error.message}`, { cause: error });
  }
};

/** @throws Error when the entry does not open under ENCRYPTION_KEYS */
export const openJobPayload = (
  secretBox: SecretBox,
  { id, topic, payload }: Pick<QueueEntry, 'id' | 'topic' | 'payload'>,
): unknown => (openPayload(secretBox, { id, topic }, payload) as { readonly payload: unknown }).payload;
