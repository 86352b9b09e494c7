import { limitPurposes, limitScopes } from '../../auth/rate-limits/limits.js';
import { requestErrors, type RequestErrorCode } from '../../errors.js';
import { operationKinds } from '../../http/request-observer.js';
import { busyReasons } from '../../security/passwords/concurrency-limiter.js';

export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Each label with its values, or with a description of them where the code chooses them in another way. */
  readonly labels?: Readonly<Record<string, readonly string[] | string>>;
  /** The upper bounds of a histogram. */
  readonly buckets?: readonly number[];
  /** When to call somebody. */
  readonly alert?: string;
}

const codes = Object.keys(requestErrors) as RequestErrorCode[];
const thrown = ['SERVER_BUSY', 'SERVICE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR'] as const;

export const loginOutcomes = [
  'succeeded',
  'INVALID_CREDENTIALS',
  'EMAIL_NOT_VERIFIED',
  'RATE_LIMITED',
  ...thrown,
] as const;
export const refreshOutcomes = ['succeeded', 'INVALID_REFRESH_TOKEN', 'RATE_LIMITED', ...thrown] as const;

const job =
  'the name of a job: `outbox`, `application-jobs`, `mail-requests`, `expiry`, `erasure`, `erased-users`, `clock`, `dummy-credentials`';

/** Every metric of Gatehouse. Labels are names from the code, never values that a caller sent. */
export const metricDefinitions = {
  gatehouse_build_info: {
    type: 'gauge',
    help: 'The versions of this instance, as labels of the constant 1.',
    labels: { version: 'the version of Gatehouse', node: 'the version of Node.js' },
    alert: 'Two versions for longer than a roll-out takes.',
  },
  gatehouse_http_request_duration_seconds: {
    type: 'histogram',
    help: 'Time from the arrival of a request to the end of its response, by kind of its operation (none: no valid operation, or another path than /graphql) and HTTP status.',
    labels: { operation: operationKinds, status: 'the HTTP status' },
    buckets: [0.01, 0.05, 0.25, 1, 5],
    alert: 'More than 1 % of the operations with a status of 500 or more; the 99th percentile above 1 second.',
  },
  gatehouse_errors_total: {
    type: 'counter',
    help: 'Request errors in responses, by code. Failures in results are not among them.',
    labels: { code: codes },
    alert:
      'Any `INTERNAL_SERVER_ERROR`: it is a fault, and the log has its stack. `SERVICE_UNAVAILABLE`: the database does not respond.',
  },
  gatehouse_logins_total: {
    type: 'counter',
    help: 'Logins, by outcome.',
    labels: { outcome: loginOutcomes },
    alert: '`INVALID_CREDENTIALS` several times as frequent as usual: somebody guesses passwords.',
  },
  gatehouse_refreshes_total: {
    type: 'counter',
    help: 'Refreshes of sessions, by outcome.',
    labels: { outcome: refreshOutcomes },
    alert: '`INVALID_REFRESH_TOKEN` several times as frequent as usual: clients lose their sessions.',
  },
  gatehouse_rate_limit_refusals_total: {
    type: 'counter',
    help: 'Refusals by rate limits, by what is limited and what the limit counts by. A login that an exhausted account limit refuses may still be admitted by a known device.',
    labels: { purpose: limitPurposes, scope: limitScopes },
    alert: 'Refusals with the scope `wider-network` or `network` several times as frequent as usual.',
  },
  gatehouse_password_hash_waiting: {
    type: 'gauge',
    help: 'Password hashes that wait for a slot.',
    alert: 'Above half of `HASH_QUEUE` for a minute.',
  },
  gatehouse_password_hash_wait_seconds: {
    type: 'histogram',
    help: 'Time that a password hash has waited for a slot before it started.',
    buckets: [0.01, 0.1, 0.5, 1, 5],
    alert: 'The 90th percentile above 1 second: logins need more processors.',
  },
  gatehouse_password_hash_refusals_total: {
    type: 'counter',
    help: 'Requests that were refused with SERVER_BUSY: all places are taken, or those of the network, or no slot was free before the deadline.',
    labels: { reason: busyReasons },
    alert:
      'Any `full` or `deadline`. `network` alone is one network that floods the server, which others do not notice.',
  },
  gatehouse_database_connections: {
    type: 'gauge',
    help: 'Connections of the pool to PostgreSQL, by state. Absent with the embedded database.',
    labels: { state: ['idle', 'in_use'] },
  },
  gatehouse_database_waiting: {
    type: 'gauge',
    help: 'Statements and transactions that wait for a connection of the pool; 0 with the embedded database.',
    alert: 'Above 0 for a minute: raise `DATABASE_POOL_SIZE`, or find out what is slow.',
  },
  gatehouse_database_wait_seconds: {
    type: 'histogram',
    help: 'Time that a statement or transaction has waited for a connection of the pool, also if it got none.',
    buckets: [0.001, 0.01, 0.1, 1, 5],
    alert: 'The 99th percentile above 0.1 seconds.',
  },
  gatehouse_principal_reads_total: {
    type: 'counter',
    help: 'Reads of the session of an access token from the database. Does not increase while the principal cache has the session.',
  },
  gatehouse_principal_cache_hits_total: {
    type: 'counter',
    help: 'Access tokens whose session was found in the principal cache.',
  },
  gatehouse_principal_cache_entries: { type: 'gauge', help: 'Sessions in the principal cache.' },
  gatehouse_principal_cache_in_use: {
    type: 'gauge',
    help: '1 while notices of revocations arrive and the principal cache is used, otherwise 0.',
    alert: '0 for a minute: each request reads its session from the database. The log has the reason.',
  },
  gatehouse_notice_echo_age_seconds: {
    type: 'gauge',
    help: 'Age of the newest echo of the notice listener. +Inf while it is not connected. From 1.8 seconds on, the principal cache is not used.',
  },
  gatehouse_job_runs_total: {
    type: 'counter',
    help: 'Runs of periodic jobs, by job and outcome.',
    labels: { job, outcome: ['succeeded', 'failed'] },
    alert: '`failed` while the database responds.',
  },
  gatehouse_job_done_total: {
    type: 'counter',
    help: 'Items that periodic jobs processed, such as rows removed or emails delivered.',
    labels: { job },
  },
  gatehouse_job_last_run_seconds: {
    type: 'gauge',
    help: 'Duration of the last run of a job, in seconds.',
    labels: { job },
  },
  gatehouse_job_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'Time of the last successful run of a job on this instance, in seconds since the epoch.',
    labels: { job },
    alert: 'More than half an hour ago.',
  },
  gatehouse_application_job_duration_seconds: {
    type: 'histogram',
    help: 'Duration of an attempt of a job of the application, by job and outcome.',
    labels: { job: 'the name of a job in src/app/jobs.ts', outcome: ['succeeded', 'failed'] },
    buckets: [0.1, 1, 5, 15, 30],
    alert: '`failed` for half an hour: the log names the job, and the command `outbox list` its entries.',
  },
  gatehouse_outbox_entries: {
    type: 'gauge',
    help: 'Queued emails, requests for an email, and jobs and hooks of the application, by state: waiting, or dead after the last attempt. Absent while the database does not respond within a second.',
    labels: { state: ['waiting', 'dead'] },
    alert: 'Any `dead`; `waiting` that keeps growing.',
  },
  gatehouse_clock_offset_seconds: {
    type: 'gauge',
    help: 'Time of the database minus time of this machine, in seconds.',
    alert: 'More than 5 seconds in either direction: synchronize the clocks.',
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof metricDefinitions;

/** The names of the metrics of a type. */
export type MetricNameOf<T extends MetricDefinition['type']> = {
  [N in MetricName]: (typeof metricDefinitions)[N]['type'] extends T ? N : never;
}[MetricName];
