import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

import type { JobRun } from './jobs.js';

/** Metrics in the text format of Prometheus. Labels are names from the code, never values that a caller sent. */
export interface Metrics {
  readonly contentType: string;
  readonly jobRan: (run: JobRun) => void;
  /** Publishes the number of principal reads since the start. */
  readonly principalReads: (count: () => number) => void;
  /** Publishes the number of outbox entries, except while the database is unavailable. */
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
    help: 'Runs of periodic work.',
    labelNames: ['job', 'outcome'],
    registers,
  });
  const done = new Counter({
    name: 'gatehouse_job_done_total',
    help: 'What periodic work did: rows removed, mails delivered.',
    labelNames: ['job'],
    registers,
  });
  const seconds = new Gauge({
    name: 'gatehouse_job_last_run_seconds',
    help: 'How long the last run took.',
    labelNames: ['job'],
    registers,
  });
  const endedAt = new Gauge({
    name: 'gatehouse_job_last_success_timestamp_seconds',
    help: 'When a run last succeeded on this instance.',
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
        help: 'Reads of the row behind an access token; in the steady state none.',
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
        help: 'Mails and requests for mail, by whether they wait or were given up.',
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
        help: 'How far the clock of the database is ahead of the clock of this machine.',
        registers,
        collect() {
          this.set(seconds());
        },
      });
    },
    text: () => registry.metrics(),
  };
};
