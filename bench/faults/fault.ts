import {
  startPostgresCluster,
  type ClusterOptions,
  type PostgresCluster,
} from '../../test/support/postgres-cluster.js';
import type { Bench } from '../bench.js';
import { createPopulation, type Population } from '../population.js';
import { waitUntil } from '../load-generator.js';

/** A fault of a dependency, and what it must not do. */
export interface Fault {
  /** What happens. */
  readonly summary: string;
  /** The time after which it is aborted. */
  readonly minutes: number;
  /** Whether it is left out unless it is named. */
  readonly onlyByName?: boolean;
  readonly work: (run: FaultRun) => Promise<void>;
}

/** The environment of a fault. */
export interface FaultRun extends Bench {
  /** Returns a count, such as that of kills, multiplied by `--times`; at least 1. */
  readonly times: (count: number) => number;
}

/** Starts a PostgreSQL server that the fault may stop, and an empty database on it. */
export const startDatabase = async (
  run: FaultRun,
  options?: ClusterOptions,
): Promise<{ readonly cluster: PostgresCluster; readonly population: Population }> => {
  const cluster = await startPostgresCluster(options);
  run.onEnd(() => cluster.close());
  return { cluster, population: await createPopulation({ ...run, postgresUrl: cluster.url }) };
};

/** Whether `/readyz` responds with 200 within a second. */
export const isReady = async ({ url }: { readonly url: string }): Promise<boolean> =>
  fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) }).then(
    ({ status }) => status === 200,
    () => false,
  );

const GIVEN_UP_MS = 60_000;

/** Returns the milliseconds until a condition holds; Infinity when it does not within a minute. */
export const msUntil = async (holds: () => Promise<boolean>): Promise<number> => {
  const startedAt = performance.now();
  return (await waitUntil(holds, GIVEN_UP_MS)) ? performance.now() - startedAt : Infinity;
};

export const formatSeconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
