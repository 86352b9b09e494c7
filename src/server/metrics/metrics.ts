import { readFileSync } from 'node:fs';

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { PrincipalCacheState } from '../../auth/access/principal-cache.js';
import type { OnRefusal } from '../../auth/rate-limits/rate-limits.js';
import type { RequestObserver } from '../../http/request-observer.js';
import type { LimiterObserver } from '../../security/passwords/concurrency-limiter.js';
import type { PoolState } from '../../store/database/pool.js';
import type { JobAttempt } from '../../auth/application/job-worker.js';
import type { JobRun } from '../jobs.js';
import {
  metricDefinitions,
  type loginOutcomes,
  type MetricDefinition,
  type MetricNameOf,
  type refreshOutcomes,
} from './definitions.js';

/** What is read when the metrics are requested. */
export interface MetricSources {
  readonly principalReads: () => number;
  readonly principalCacheState: () => PrincipalCacheState;
  /** Undefined for the embedded database. */
  readonly poolState: () => PoolState | undefined;
  readonly hashesWaiting: () => number;
  readonly clockOffsetSeconds: () => number;
  readonly countOutbox: () => Promise<Readonly<Record<'waiting' | 'dead', number>>>;
}

/** Metrics in the text format of Prometheus. */
export interface Metrics {
  readonly contentType: string;
  /** Responds within about a second, however slow the database is. */
  readonly text: () => Promise<string>;
  readonly readFrom: (sources: MetricSources) => void;
  readonly requests: RequestObserver;
  readonly hashes: LimiterObserver;
  readonly loggedIn: (outcome: (typeof loginOutcomes)[number]) => void;
  readonly refreshed: (outcome: (typeof refreshOutcomes)[number]) => void;
  readonly rateLimited: OnRefusal;
  readonly connectionWaited: (seconds: number) => void;
  readonly jobRan: (run: JobRun) => void;
  readonly applicationJobRan: (attempt: JobAttempt) => void;
}

const OUTBOX_DEADLINE_MS = 1_000;

/** prom-client's names of these gauges end in `_total`, which is for counters. */
const misnamed = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

export const createMetrics = (): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  const { counter, gauge, histogram } = metricsIn(registry);

  const requestDuration = histogram('gatehouse_http_request_duration_seconds');
  const errors = counter('gatehouse_errors_total');
  const logins = counter('gatehouse_logins_total');
  const refreshes = counter('gatehouse_refreshes_total');
  const rateLimitRefusals = counter('gatehouse_rate_limit_refusals_total');
  const hashWait = histogram('gatehouse_password_hash_wait_seconds');
  const hashRefusals = counter('gatehouse_password_hash_refusals_total');
  const connectionWait = histogram('gatehouse_database_wait_seconds');
  const jobRuns = counter('gatehouse_job_runs_total');
  const jobDone = counter('gatehouse_job_done_total');
  const jobSeconds = gauge('gatehouse_job_last_run_seconds');
  const jobSuccess = gauge('gatehouse_job_last_success_timestamp_seconds');
  const applicationJobs = histogram('gatehouse_application_job_duration_seconds');
  const readSources = createSourceMetrics({ counter, gauge });
  gauge('gatehouse_build_info').set({ version: packageVersion(), node: process.version.slice(1) }, 1);

  let sources: MetricSources | undefined;
  return {
    contentType: registry.contentType,
    async text() {
      if (sources) await readSources(sources);
      return registry.metrics();
    },
    readFrom(from) {
      sources = from;
    },
    requests: {
      responded: (operation, status, seconds) => {
        requestDuration.observe({ operation, status }, seconds);
      },
      errorSent: (code) => {
        errors.inc({ code });
      },
    },
    hashes: {
      waited: (seconds) => {
        hashWait.observe(seconds);
      },
      refused: (reason) => {
        hashRefusals.inc({ reason });
      },
    },
    loggedIn: (outcome) => {
      logins.inc({ outcome });
    },
    refreshed: (outcome) => {
      refreshes.inc({ outcome });
    },
    rateLimited: (purpose, scope) => {
      rateLimitRefusals.inc({ purpose, scope });
    },
    connectionWaited: (seconds) => {
      connectionWait.observe(seconds);
    },
    jobRan({ job, seconds, done }) {
      jobRuns.inc({ job, outcome: done === undefined ? 'failed' : 'succeeded' });
      jobSeconds.set({ job }, seconds);
      if (done === undefined) return;
      jobDone.inc({ job }, done);
      jobSuccess.setToCurrentTime({ job });
    },
    applicationJobRan({ job, seconds, isDone }) {
      applicationJobs.observe({ job, outcome: isDone ? 'succeeded' : 'failed' }, seconds);
    },
  };
};

type MetricFactories = ReturnType<typeof metricsIn>;

/** Creates metrics by their definitions. A counter whose labels have lists of values begins with a zero for each combination. */
const metricsIn = (registry: Registry) => {
  const optionsOf = (name: MetricNameOf<MetricDefinition['type']>) => {
    const { help, labels = {} }: MetricDefinition = metricDefinitions[name];
    return { name, help, labelNames: Object.keys(labels), registers: [registry] };
  };
  return {
    counter: (name: MetricNameOf<'counter'>): Counter => {
      const counter = new Counter(optionsOf(name));
      for (const combination of combinationsOf(metricDefinitions[name])) counter.inc(combination, 0);
      return counter;
    },
    gauge: (name: MetricNameOf<'gauge'>): Gauge => new Gauge(optionsOf(name)),
    histogram: (name: MetricNameOf<'histogram'>): Histogram =>
      new Histogram({ ...optionsOf(name), buckets: [...metricDefinitions[name].buckets] }),
  };
};

const combinationsOf = ({ labels = {} }: MetricDefinition): Record<string, string>[] => {
  let combinations: Record<string, string>[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    if (typeof values === 'string') return [];
    combinations = combinations.flatMap((others) => values.map((value) => ({ ...others, [label]: value })));
  }
  return combinations;
};

/** Creates the metrics that are read when they are requested, and the function that reads them. */
const createSourceMetrics = ({ counter, gauge }: Pick<MetricFactories, 'counter' | 'gauge'>) => {
  const reads = counter('gatehouse_principal_reads_total');
  const hits = counter('gatehouse_principal_cache_hits_total');
  const entries = gauge('gatehouse_principal_cache_entries');
  const inUse = gauge('gatehouse_principal_cache_in_use');
  const echoAge = gauge('gatehouse_notice_echo_age_seconds');
  const hashesWaiting = gauge('gatehouse_password_hash_waiting');
  const connections = gauge('gatehouse_database_connections');
  const connectionsWaiting = gauge('gatehouse_database_waiting');
  const outbox = gauge('gatehouse_outbox_entries');
  const clockOffset = gauge('gatehouse_clock_offset_seconds');
  let counting: ReturnType<MetricSources['countOutbox']> | undefined;

  /** One query at a time, so that requests for metrics do not use up the pool while the database does not respond. */
  const readOutbox = async ({ countOutbox }: MetricSources): Promise<void> => {
    counting ??= countOutbox().finally(() => (counting = undefined));
    const counts = await inTime(counting);
    outbox.reset();
    for (const [state, count] of Object.entries(counts ?? {})) outbox.set({ state }, count);
  };

  return async (sources: MetricSources): Promise<void> => {
    await readOutbox(sources);
    const cache = sources.principalCacheState();
    const pool = sources.poolState();
    setCounter(reads, sources.principalReads());
    setCounter(hits, cache.hits);
    entries.set(cache.size);
    inUse.set(cache.isInUse ? 1 : 0);
    echoAge.set(cache.echoAgeSeconds);
    hashesWaiting.set(sources.hashesWaiting());
    clockOffset.set(sources.clockOffsetSeconds());
    if (!pool) return;
    connections.set({ state: 'idle' }, pool.idle);
    connections.set({ state: 'in_use' }, pool.inUse);
    connectionsWaiting.set(pool.waiting);
  };
};

const setCounter = (counter: Counter, value: number): void => {
  counter.reset();
  counter.inc(value);
};

/** Undefined if the promise is rejected, or is late. */
const inTime = async <T>(promise: Promise<T>): Promise<T | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, OUTBOX_DEADLINE_MS, undefined).unref();
  });
  try {
    return await Promise.race([promise.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
};

/** The version in the package.json of the checkout or of the build. */
const packageVersion = (): string => {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
};
