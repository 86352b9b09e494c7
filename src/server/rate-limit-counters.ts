import type { Logger } from 'pino';

import { createCounters, type Counters } from '../auth/rate-limits/counters.js';
import type { Config } from '../config/config.js';
import type { Store } from '../store/store.js';
import type { BurstLog } from './burst-log.js';

/** The counters of rate limits, and the connection to Redis if there is one. */
export interface OpenCounters {
  readonly counters: Counters;
  close(): void;
}

const OUTAGE_END_MS = 10_000;

/**
 * Opens the counters of rate limits. An outage of Redis is logged when it begins and when it ends, and its failures are counted.
 * It ends with a count that succeeds ten seconds or more after the last failure: while the connection stays open, single
 * commands can time out.
 */
export const openCounters = async (
  { redisUrl }: Pick<Config, 'redisUrl'>,
  store: Pick<Store, 'rateLimits'>,
  log: Pick<Logger, 'info'>,
  burstLog: BurstLog,
): Promise<OpenCounters> => {
  if (redisUrl === undefined) return { counters: createCounters(store.rateLimits), close: () => undefined };
  const { openRedisCounters } = await import('../store/redis-counters.js');
  let isFailing = false;
  let failedAt = 0;
  const onFailure = (err: unknown) => {
    burstLog.warn({ err }, 'REDIS_URL: Redis is unavailable, so the database counts for the rate limits');
    isFailing = true;
    failedAt = performance.now();
  };
  const onSuccess = () => {
    if (!isFailing || performance.now() - failedAt < OUTAGE_END_MS) return;
    log.info('REDIS_URL: Redis is available again and counts for the rate limits');
    isFailing = false;
  };
  const redis = await openRedisCounters(redisUrl, onFailure);
  return { counters: createCounters(store.rateLimits, redis, { onFailure, onSuccess }), close: () => redis.close() };
};
