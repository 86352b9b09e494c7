/** One counter, and how much may be spent of it in a window, which starts with the first unit. */
export interface Budget {
  readonly key: string;
  readonly limit: number;
  readonly windowSeconds: number;
  /** The account that is limited, if it is one. */
  readonly accountKey?: string;
  /** From this many spent units on, the next one has to wait: a second, and twice as long each time. */
  readonly delayFrom?: number;
}

/** The first exhausted budget, by its index, and the whole seconds, at least 1, until a unit of it can be spent. */
export interface Exhausted {
  readonly index: number;
  readonly retryAfterSeconds: number;
}

/** No delay is longer than this. In seconds. */
export const DELAY_MAX_SECONDS = 900;

/** Counts what is spent of budgets, for all instances together. */
export interface RateLimitCounters {
  /**
   * Takes one unit of each budget, or of none when one of them is exhausted. Concurrent callers cannot exceed a limit.
   *
   * @param budgets in the same order in every call that shares keys, because the counters are locked in this order
   */
  take(budgets: readonly Budget[]): Promise<Exhausted | undefined>;
  /** Gives back one unit of each budget. */
  giveBack(budgets: readonly Budget[]): Promise<void>;
  /** Returns the seconds until a unit can be spent; 0 when one can be spent now. */
  waitSeconds(budget: Budget): Promise<number>;
  /** Gives back all that was spent of the budgets of an account. */
  resetAccount(accountKey: string): Promise<void>;
}
