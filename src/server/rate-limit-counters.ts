import type { Logger } from 'pino';

import { createCounters, type Counters } from '../auth/rate-limits/counters.js';
import type { Config } from '../config/config.js';
import type { Store } from '../store/store.js';

/** The counters of rate limits, and the connection to Redis if there is one. */
export interface OpenCounters {
  readonly counters: Counters;
  close(): void;
}

/** Opens the counters of rate limits. An outage of Redis is logged when it begins and when it ends, and not for each request. */
export const openCounters = async (
  { redisUrl }: Pick<Config, 'redisUrl'>,
  store: Pick<Store, 'rateLimits'>,
  log: Logger,
): Promise<OpenCounters> => {
  if (redisUrl === undefined) return { counters: createCounters(store.rateLimits), close: () => undefined };
  const { openRedisCounters } = await import('../store/redis-counters.js');
  let isDown = false;
  const onDown = (err: unknown) => {
    if (!isDown) log.warn({ err }, 'REDIS_URL: Redis is unavailable, so the database counts for the rate limits');
    isDown = true;
  };
  const onReady = () => {
    if (isDown) log.info('REDIS_URL: Redis is available again and counts for the rate limits');
    isDown = false;
  };
  const redis = await openRedisCounters(redisUrl, { onDown, onReady });
  return { counters: createCounters(store.rateLimits, redis, onDown), close: () => redis.close() };
};
