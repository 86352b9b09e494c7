import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

import type { JobRun } from './jobs.js';

/** Metrics in the text format of Prometheus. Labels are names from the code, never values that a caller sent. */
export interface Metrics {
  readonly contentType: string;
  readonly jobRan: (run: JobRun) => void;
  /** Publishes the number of principal reads since the start. */
  readonly principalReads: (count: () => number) => void;
  /** Publishes the number of queue entries, except while the database is unavailable. */
  readonly outbox: (count: () => Promise<Readonly<Record<'waiting' | 'dead', number>>>) => void;
  /** Publishes how many seconds the database's clock is ahead of this machine's. */
  readonly clockOffset: (seconds: () => number) => void;
  readonly text: () => Promise<string>;
}

export const createMetrics = (): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const runs = new Counter({
    name: 'gatehouse_job_runs_total',
    help: 'Runs of periodic jobs, by job and outcome.',
    labelNames: ['job', 'outcome'],
    registers,
  });
  const done = new Counter({
    name: 'gatehouse_job_done_total',
    help: 'Items that periodic jobs processed, such as rows removed or emails delivered.',
    labelNames: ['job'],
    registers,
  });
  const seconds = new Gauge({
    name: 'gatehouse_job_last_run_seconds',
    help: 'Duration of the last run of a job, in seconds.',
    labelNames: ['job'],
    registers,
  });
  const endedAt = new Gauge({
    name: 'gatehouse_job_last_success_timestamp_seconds',
    help: 'Time of the last successful run of a job on this instance, in seconds since the epoch.',
    labelNames: ['job'],
    registers,
  });
  return {
    contentType: registry.contentType,
    jobRan(run) {
      const { job } = run;
      runs.inc({ job, outcome: run.done === undefined ? 'failed' : 'succeeded' });
      seconds.set({ job }, run.seconds);
      if (run.done === undefined) return;
      done.inc({ job }, run.done);
      endedAt.setToCurrentTime({ job });
    },
    principalReads(count) {
      new Counter({
        name: 'gatehouse_principal_reads_total',
        help: 'Reads of the session of an access token from the database. Does not increase while the principal cache is in use.',
        registers,
        collect() {
          this.reset();
          this.inc(count());
        },
      });
    },
    outbox(count) {
      new Gauge({
        name: 'gatehouse_outbox_entries',
        help: 'Entries of the mail queue, by state: waiting, or dead after the last attempt.',
        labelNames: ['state'],
        registers,
        async collect() {
          this.reset();
          const counts = await count().catch(() => undefined);
          for (const [state, value] of Object.entries(counts ?? {})) this.set({ state }, value);
        },
      });
    },
    clockOffset(seconds) {
      new Gauge({
        name: 'gatehouse_clock_offset_seconds',
        help: 'Time of the database minus time of this machine, in seconds.',
        registers,
        collect() {
          this.set(seconds());
        },
      });
    },
    text: () => registry.metrics(),
  };
};
