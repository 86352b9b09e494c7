import { AsyncLocalStorage } from 'node:async_hooks';

const STATEMENT_MS = 5_000;
const JOB_STEP_MS = 30_000;

/** Milliseconds that a statement which starts now may take; 0 for any number. */
export type Limit = () => number;

const jobs = new AsyncLocalStorage<true>();

/** Runs the work of a job, whose statements may take 30 seconds each: no request waits for them. */
export const asJob = <T>(work: () => T): T => jobs.run(true, work);

/** 5 seconds, or 30 inside of `asJob`. */
export const serverLimit: Limit = () => (jobs.getStore() === true ? JOB_STEP_MS : STATEMENT_MS);

/** For commands and migrations: somebody watches them, and they end when their connection is lost. */
export const unlimited: Limit = () => 0;
