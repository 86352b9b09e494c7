import { AsyncLocalStorage } from 'node:async_hooks';

import { asKind } from './work-kind.js';

/** For a connection attempt: less than the time that a request waits, so that no request waits for two attempts. */
export const CONNECT_MS = 3_000;

/** For the orderly close of a connection. After this time it is destroyed, because the other side may never respond. */
export const CLOSE_MS = 1_000;

/** Work whose connection was lost is not done again after this time: its request has waited long enough. */
export const RECONNECT_MS = 2_000;

/** The idle time after which TCP probes whether the other side still exists. */
export const KEEP_ALIVE_MS = 10_000;

/** A statement that a request waits for. */
const STATEMENT_MS = 5_000;

/** A statement of a background job, which no request waits for. */
const JOB_STATEMENT_MS = 30_000;

/** Returns the maximum duration in milliseconds of a statement that starts now; 0 means no limit. */
export type StatementLimit = () => number;

const jobs = new AsyncLocalStorage<true>();

/** The kind of all background jobs together. */
const jobKind = {};

/** Runs the work of a background job, whose statements may take 30 seconds each. */
export const asJob = <T>(work: () => T): T => jobs.run(true, () => asKind(jobKind, work));

/** 5 seconds for each statement, or 30 inside `asJob`. */
export const serverLimit: StatementLimit = () => (jobs.getStore() === true ? JOB_STATEMENT_MS : STATEMENT_MS);

/** For commands and migrations: an operator watches them, and they end when their connection is lost. */
export const unlimited: StatementLimit = () => 0;
