import { StoreUnavailable } from '../../store/errors.js';
import type { Budget, Exhausted, RateLimitCounters } from '../../store/rate-limit-counters.js';

/** What was taken before the work. */
export interface Attempt {
  /**
   * Gives it back: the attempt succeeded, or nothing was tried. Does nothing while the counters are unavailable: a login that
   * has succeeded must not fail for it, and what is not given back expires with its window.
   */
  giveBack(): Promise<void>;
}

/** The counters of this deployment: those of the database, or of Redis, and of the database while Redis is unavailable. */
export interface Counters extends Pick<RateLimitCounters, 'waitSeconds' | 'resetAccount'> {
  /** As `RateLimitCounters.take`. An attempt is given back where it was taken. */
  take(budgets: readonly Budget[]): Promise<Attempt | Exhausted>;
}

/** Called after each use of Redis. */
export interface RedisReports {
  readonly onFailure: (error: unknown) => void;
  readonly onSuccess: () => void;
}

/**
 * Counts in Redis if it is configured, and in the database while Redis does not respond. Attempts that were counted in one
 * are not known to the other, so that an attacker gains at most one more budget from an outage of Redis.
 */
export const createCounters = (
  database: RateLimitCounters,
  redis?: RateLimitCounters,
  { onFailure, onSuccess }: RedisReports = { onFailure: () => undefined, onSuccess: () => undefined },
): Counters => {
  const ignoreUnavailable = (error: unknown): void => {
    if (error instanceof StoreUnavailable) return;
    if (!redis) throw error;
    onFailure(error);
  };
  const firstOf = async <T>(call: (counters: RateLimitCounters) => Promise<T>): Promise<T> => {
    if (!redis) return call(database);
    try {
      const result = await call(redis);
      onSuccess();
      return result;
    } catch (error) {
      onFailure(error);
      return call(database);
    }
  };
  return {
    take: (budgets) =>
      firstOf(async (counters) => {
        const exhausted = await counters.take(budgets);
        return exhausted ?? { giveBack: () => counters.giveBack(budgets).catch(ignoreUnavailable) };
      }),
    waitSeconds: (budget) => firstOf((counters) => counters.waitSeconds(budget)),
    async resetAccount(accountKey) {
      await database.resetAccount(accountKey);
      if (redis) await firstOf((counters) => counters.resetAccount(accountKey));
    },
  };
};

/**
 * Does the work of an attempt, and gives the attempt back when the work throws: the password was not tried. While the database is
 * unavailable, the caller does not wait for that: it has waited for the database already.
 */
export const giveBackIfThrown = async <T>(attempt: Attempt, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    const givenBack = attempt.giveBack();
    if (error instanceof StoreUnavailable) givenBack.catch(() => undefined);
    else await givenBack;
    throw error;
  }
};
