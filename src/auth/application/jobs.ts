import { OperatorError } from '../../errors.js';
import type { JobName, JobPayloads } from '../../values/application-types.js';
import type { ApplicationAccess } from './application-access.js';

/** What a job of the application works with. */
export interface JobContext extends ApplicationAccess {
  /** Identifies the work: all attempts of one entry have the same id, which other services can recognize a repetition by. */
  readonly id: string;
  /** The number of this attempt, from 1. */
  readonly attempt: number;
  /** Aborted after 30 seconds, or when the server stops: the attempt has failed, and `db` and `mail` do nothing any more. */
  readonly signal: AbortSignal;
}

/** A job whose payload is null can be periodic. */
export type Job<Payload> = {
  /** Does the work. May run more than once for one entry: when it throws, when it takes too long, or when an instance dies. */
  readonly run: (payload: Payload, job: JobContext) => Promise<void>;
} & (null extends Payload
  ? {
      /** The interval of a periodic job, from the end of one run to the next. Only one instance at a time runs it. */
      readonly everySeconds?: number;
    }
  : unknown);

/** The jobs of src/app/jobs.ts, by name. */
export type Jobs = { readonly [N in JobName]: Job<JobPayloads[N]> };

/** Jobs whose payloads are not known to the compiler. */
export type AnyJobs = Readonly<
  Record<string, { readonly run: (payload: never, job: JobContext) => Promise<void>; readonly everySeconds?: number }>
>;

/** The worker looks for due entries every two seconds. */
const MIN_INTERVAL_SECONDS = 10;
const MAX_INTERVAL_SECONDS = 366 * 24 * 60 * 60;

/** @throws OperatorError that names the job */
export const assertJobs = (jobs: AnyJobs): void => {
  for (const [name, { run, everySeconds }] of Object.entries(jobs)) {
    const place = `src/app/jobs.ts: the job "${name}"`;
    if (!/^[a-z][a-z\d]*(?:-[a-z\d]+)*$/.test(name) || name.length > 60)
      throw new OperatorError(`${place} must be named in lower-case words with hyphens, such as "send-reminder".`);
    if (typeof run !== 'function') throw new OperatorError(`${place} needs a function \`run\`.`);
    if (everySeconds === undefined) continue;
    if (!Number.isInteger(everySeconds) || everySeconds < MIN_INTERVAL_SECONDS || everySeconds > MAX_INTERVAL_SECONDS)
      throw new OperatorError(
        `${place} has an interval that is not a whole number of seconds from ${MIN_INTERVAL_SECONDS} to a year. Correct \`everySeconds\`.`,
      );
  }
};
